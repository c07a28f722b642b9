-- Opportunities and tickets of merged customers that are still to be moved; a row is gone when none is left.
create table customer.record_moves (
  merge_id   uuid        not null,
  back       boolean     not null,
  from_id    uuid        not null,
  to_id      uuid        not null,
  contacts   uuid[]      not null,
  user_name  text        not null,
  source     text        not null,
  moved      integer     not null default 0,
  created_at timestamptz not null,
  primary key (merge_id, back));

-- Which customers are likely to be one, found of what they have in common; see DuplicatePairs.
create table customer.duplicate_subjects (
  customer_id uuid    primary key,
  person      boolean not null,
  live        boolean not null);
create table customer.duplicate_keys (
  customer_id uuid    not null,
  field       text    not null,
  reason      text    not null,
  key         text    not null,
  live        boolean not null,
  primary key (customer_id, field, reason));
create index on customer.duplicate_keys (key, reason, customer_id) where live;
create table customer.duplicate_dismissals (
  a_id    uuid   not null,
  b_id    uuid   not null,
  reasons text[] not null,
  by_id   text   not null,
  at      text   not null,
  reason  text   null,
  primary key (a_id, b_id));
create table customer.duplicate_pairs (
  id    uuid    not null,
  a_id  uuid    not null,
  b_id  uuid    not null,
  state text    not null,
  score numeric not null,
  doc   jsonb   not null,
  primary key (a_id, b_id));
create index on customer.duplicate_pairs (b_id);
create index on customer.duplicate_pairs (state, score, id);

-- The customer that holds what was merged into it: whoever comes with a name, number or key of the one that was merged away finds it. Keys of that one are not live, so that
-- the one that stayed may have them.
alter table customer.match_keys add column merged_into uuid null;
alter table customer.external_keys add column merged_into uuid null;
create index on customer.match_keys (key, reason) where merged_into is not null;
create index on customer.external_keys (system, value) where merged_into is not null;

-- What the cleaning at the end of each month found; see Cleaning.
create table customer.cleaning_rounds (
  month    text        primary key,
  found_at timestamptz not null);
create table customer.cleaning_found (
  month       text not null,
  kind        text not null,
  customer_id uuid not null,
  primary key (month, kind, customer_id));
