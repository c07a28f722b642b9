-- Relations between customers, two rows a state of each: as it is told of either customer. From events only.
create table customer.relations (
  customer_id  uuid        not null,
  id           uuid        not null,
  number       integer     not null,
  event_id     uuid        not null,
  other_id     uuid        not null,
  kind         text        not null,
  from_day     date        null,
  doc          jsonb       not null,
  removed      boolean     not null default false,
  erased       boolean     not null default false,
  effective_at timestamptz not null,
  recorded_at  timestamptz not null,
  effective_to timestamptz null,
  recorded_to  timestamptz null,
  primary key (customer_id, id, event_id));
-- Of two that change the same state at once, on whichever customer, one fails.
create unique index relation_changed on customer.relations (customer_id, id, number);
-- The same between the same two is told once, on whichever it is said; a kind of one's own may stand for many.
create unique index relation_exists on customer.relations (customer_id, other_id, kind, from_day) nulls not distinct where recorded_to is null and not removed and kind <> 'other';

-- A customer with all that were merged into it. An array, as rows of a function are taken for a hundred and a join with them for a reason to read the whole table.
create function customer.holders(customer uuid) returns uuid[] language sql stable as
  $$ select array[customer] || array(select (m->>'sourceId')::uuid from customer.customers c cross join lateral jsonb_array_elements(c.doc->'merges') m where c.id = customer) $$;

-- Past subsidiaries.
create index on customer.customers_states (((doc->>'parentId')::uuid)) where doc->>'parentId' is not null;
