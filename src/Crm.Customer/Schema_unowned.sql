-- 公海: a customer in the pool is found to be on file by everybody who may claim it.
alter table customer.match_keys add column pooled boolean not null default false;
-- For how many customers a person is responsible.
create index on customer.match_keys (owner_id) where field = 'name' and live and not archived;

-- The pool and those who are to go there.
create index on customer.customers ((doc->>'pooledAt') desc, id desc) where (doc->>'inPool')::boolean;
create index on customer.customers (owner_id, (doc->>'recycleOn'), id) where doc->>'recycleOn' is not null;

-- What other modules have of a customer, for its figures and for whom the pool spares. Amounts and states only.
create table customer.opportunities (
  id          uuid    primary key,
  customer_id uuid    null,
  owner_id    uuid    null,
  kind        text    not null,
  deleted     boolean not null,
  amount      numeric null,
  currency    text    null,
  closed_on   date    null
);
create index on customer.opportunities (customer_id) include (kind, deleted);
create table customer.tickets (
  id          uuid    primary key,
  customer_id uuid    null,
  assignee_id uuid    null,
  open        boolean not null,
  score       integer null
);
create index on customer.tickets (customer_id);
