create schema if not exists customer;

create table customer.customers (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on customer.customers using gin (grams);
create table customer.customers_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on customer.customers_states (true_from, true_to);
create index on customer.customers_states (known_from, known_to);
create index on customer.customers_states (id) where known_to = 'infinity';

-- What the list is sorted by. Fields that may be empty have them last in both directions, which takes two indexes.
create index on customer.customers ((doc->>'name'), id);
create index on customer.customers ((doc->>'createdAt'), id);
create index on customer.customers ((doc->>'updatedAt'), id);
create index on customer.customers (((doc->>'completeness')::numeric), id);
create index on customer.customers ((doc->>'tier'), id);
create index on customer.customers ((doc->>'tier') desc nulls last, id desc);
create index on customer.customers ((doc->>'lastFollowUpAt'), id);
create index on customer.customers ((doc->>'lastFollowUpAt') desc nulls last, id desc);
create index on customer.customers ((doc->>'nextFollowUpAt'), id);
create index on customer.customers ((doc->>'nextFollowUpAt') desc nulls last, id desc);
-- What it is mostly filtered by.
create index on customer.customers (((doc->>'ownerId')::uuid), (doc->>'updatedAt'), id);
create index on customer.customers ((doc->>'lifecycle'), (doc->>'updatedAt'), id);
create index on customer.customers (((doc->>'parentId')::uuid));
create index on customer.customers using gin ((doc->'tags') jsonb_path_ops);
-- Without these the planner takes one row in 200 for a match and sorts tens of thousands instead of walking an index.
create statistics customer.customers_kind on (doc->>'kind') from customer.customers;
create statistics customer.customers_industry on (doc->>'industry') from customer.customers;
create statistics customer.customers_archived on ((doc->>'archived')::boolean) from customer.customers;
create statistics customer.customers_deleted on ((doc->>'deleted')::boolean) from customer.customers;

-- By what a customer is found to be on file already; written in the transaction of the events. A contact's numbers count for its customer.
create table customer.match_keys (
  customer_id uuid    not null,
  field       text    not null,
  reason      text    not null,
  key         text    null,
  value       text    not null,
  live        boolean not null default true,
  archived    boolean not null default false,
  primary key (customer_id, field)
);
create index on customer.match_keys (key, reason) where live;

-- Keys in other systems, unique among the customers that are not deleted. The constraint carries the code of the refusal.
-- A customer that was registered in spite of being a duplicate has itself as its twin and may share a key.
create table customer.external_keys (
  customer_id uuid    not null,
  system      text    not null,
  value       text    not null,
  twin        uuid    not null,
  live        boolean not null default true,
  primary key (customer_id, system)
);
create unique index external_key_taken on customer.external_keys (system, value, twin) where live;

-- Names of users, for lists.
create table customer.users (
  id   text primary key,
  name text not null
);

create table customer.follow_ups (
  id           uuid        primary key,
  customer_id  uuid        not null,
  doc          jsonb       not null,
  effective_at timestamptz not null,
  recorded_at  timestamptz not null
);
create index on customer.follow_ups (customer_id, (doc->>'at'), id);

create table customer.timeline (
  id           uuid        not null,
  customer_id  uuid        not null,
  kind         text        not null,
  doc          jsonb       not null,
  effective_at timestamptz not null,
  recorded_at  timestamptz not null,
  -- An opportunity or ticket that went from one customer to another is on the timelines of both.
  primary key (customer_id, id)
);
create index on customer.timeline (customer_id, (doc->>'at'), ((doc->>'sequence')::numeric));
