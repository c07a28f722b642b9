create table imports.mappings (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on imports.mappings using gin (grams);
create index on imports.mappings ((doc->>'headersKey'));
-- The constraint carries the code of the refusal.
create unique index import_mapping_name_taken on imports.mappings (lower(doc->>'name')) where not (doc->>'deleted')::boolean;
create table imports.mappings_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on imports.mappings_states (true_from, true_to);
create index on imports.mappings_states (known_from, known_to);
create index on imports.mappings_states (id) where known_to = 'infinity';
