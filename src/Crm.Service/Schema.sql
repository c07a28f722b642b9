create schema service;

create sequence service.ticket_numbers;

-- Tickets: newest and past states.
create table service.tickets (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on service.tickets using gin (grams);
create table service.tickets_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on service.tickets_states (true_from, true_to);
create index on service.tickets_states (known_from, known_to);
create index on service.tickets_states (id) where known_to = 'infinity';

-- The queue: by number, by what is due or breached next, by agent, by customer.
create index on service.tickets ((doc->>'number'), id);
create index on service.tickets ((doc->>'dueAt'), id);
create index on service.tickets ((doc->>'breachAt'), id);
create index on service.tickets ((doc->>'createdAt'), id);
create index on service.tickets ((doc->>'status'), id);
create index on service.tickets (((doc->>'assigneeId')::uuid), id);
create index on service.tickets (((doc->>'customerId')::uuid), id);

-- The secret links of the public form: a token is kept as its SHA-256 only. No projection: a secret is in no event.
create table service.ticket_links (
  token_hash bytea primary key,
  ticket_id uuid not null,
  created_at timestamptz not null);

-- Names of users, from their published events.
create table service.people (
  id uuid primary key,
  name text not null);

-- Names of customers and contacts, and the keys by which the public form finds a customer: digits of phone numbers, e-mail in lower case.
create table service.customers (
  id uuid primary key,
  name text not null,
  phone text null,
  email text null,
  deleted boolean not null);
create index on service.customers (phone) where phone is not null;
create index on service.customers (email) where email is not null;
create table service.contacts (
  id uuid primary key,
  customer_id uuid not null,
  name text not null,
  phone text null,
  email text null);
create index on service.contacts (phone) where phone is not null;
create index on service.contacts (email) where email is not null;
