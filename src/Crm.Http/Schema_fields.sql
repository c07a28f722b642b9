-- The organisation's own fields and rules, written with the events: every node reads them into memory.
create table http.custom_fields (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on http.custom_fields using gin (grams);
create table http.custom_fields_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on http.custom_fields_states (true_from, true_to);
create index on http.custom_fields_states (known_from, known_to);
create index on http.custom_fields_states (id) where known_to = 'infinity';

-- A key is one field's for ever. The constraint carries the code of the refusal.
create table http.custom_field_keys (
  target   text not null,
  key      text not null,
  field_id uuid not null,
  constraint custom_field_key_taken primary key (target, key)
);

create table http.validation_rules (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on http.validation_rules using gin (grams);
create table http.validation_rules_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on http.validation_rules_states (true_from, true_to);
create index on http.validation_rules_states (known_from, known_to);
create index on http.validation_rules_states (id) where known_to = 'infinity';

-- What counts for completeness; one row, or none while nothing was settled.
create table http.completeness (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
