-- One row an event of the whole log: who, when, what, from where. What changed is not copied here: it is folded from the record's stream when it is looked at.
-- The sequence is numeric because the filter grammar compares numbers exactly; every index ends in the order of the list.
create table analytics.operations (
  sequence numeric primary key,
  id uuid not null,
  at timestamptz not null,
  business_date date null,
  actor text not null,
  on_behalf_of text null,
  person text not null,
  source text not null,
  channel text not null,
  address text null,
  device text null,
  reason text null,
  correlation_id text null,
  causation_id text null,
  type text not null,
  resource text not null,
  record_id uuid not null,
  version bigint not null);
create index on analytics.operations (at, id);
create index on analytics.operations (actor, at, id);
create index on analytics.operations (person, at, id);
create index on analytics.operations (on_behalf_of, at, id) where on_behalf_of is not null;
create index on analytics.operations (type, at, id);
create index on analytics.operations (resource, at, id);
create index on analytics.operations (source, at, id);
create index on analytics.operations (channel, at, id);
create index on analytics.operations (record_id, at, id);
create index on analytics.operations (correlation_id, at, id);

-- For how many years operations are kept: no row or null is for ever.
create table analytics.operation_retention (
  id int primary key,
  years int null);

-- Exports of the log, what they have written, and until when that can be fetched.
create table analytics.operation_exports (
  id uuid primary key,
  requested_by text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  reason text not null,
  filter text null,
  chinese boolean not null,
  up_to numeric not null,
  state text not null default 'waiting',
  written bigint not null default 0,
  total bigint null,
  cursor text null);
create index on analytics.operation_exports (requested_by, requested_at desc);
create index on analytics.operation_exports (expires_at);
create table analytics.operation_export_parts (
  export_id uuid not null references analytics.operation_exports (id) on delete cascade,
  first_row bigint not null,
  content bytea not null,
  primary key (export_id, first_row));
