-- What a row changes in an existing record, before and after, and what a revert left alone because it was changed since: lists of encrypted lists, like messages.
alter table imports.results add column changes jsonb not null default '[]', add column conflicts jsonb not null default '[]';
