-- A line is about several customers: a search finds some, a part of an export holds thousands. One row with all of them, not one for each.
alter table customer.access_ledger rename to access_ledger_of_one;
create table customer.access_ledger (
  id           uuid        primary key,
  customers    uuid[]      not null,
  export_id    uuid        null,
  doc          jsonb       not null,
  effective_at timestamptz not null,
  recorded_at  timestamptz not null);
insert into customer.access_ledger (id, customers, doc, effective_at, recorded_at)
  select id, array_agg(customer_id), (array_agg(doc))[1], min(effective_at), min(recorded_at) from customer.access_ledger_of_one group by id;
drop table customer.access_ledger_of_one;
create index on customer.access_ledger using gin (customers);
create index on customer.access_ledger (export_id) where export_id is not null;
