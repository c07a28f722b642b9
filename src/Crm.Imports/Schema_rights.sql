-- Who sees but his own imports lists them by this.
create index on imports.imports ((doc->>'createdBy'), id);
