-- What changed last, for the search over everything.
create index on pipeline.opportunities (known_from);
