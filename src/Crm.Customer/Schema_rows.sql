-- Documents stay in their rows up to a page's length. Above 2 kB PostgreSQL moves the longest column out of the row, which is the document, and a filter that
-- looks at a thousand rows then fetches a thousand documents: eight times as slow. Encrypted values cannot be compressed, so most records are longer than that.
alter table customer.customers set (toast_tuple_target = 8160);
alter table customer.customers_states set (toast_tuple_target = 8160);

-- What nearly every list asks of every row, beside the document: who may see it, and whether it is there at all.
alter table customer.customers
  add column owner_id uuid null generated always as ((doc->>'ownerId')::uuid) stored, add column deleted boolean not null generated always as ((doc->>'deleted')::boolean) stored,
  add column archived boolean null generated always as ((doc->>'archived')::boolean) stored, add column erased boolean null generated always as ((doc->>'erased')::boolean) stored;
alter table customer.customers_states
  add column owner_id uuid null generated always as ((doc->>'ownerId')::uuid) stored, add column deleted boolean not null generated always as ((doc->>'deleted')::boolean) stored,
  add column archived boolean null generated always as ((doc->>'archived')::boolean) stored, add column erased boolean null generated always as ((doc->>'erased')::boolean) stored;
drop index if exists customer.customers_uuid_expr_id_idx, customer.customers_uuid_expr_id_idx1;
drop statistics if exists customer.customers_archived, customer.customers_deleted;
create index on customer.customers (owner_id, (doc->>'updatedAt'), id);
create index on customer.customers (owner_id, (doc->>'createdAt'), id);
