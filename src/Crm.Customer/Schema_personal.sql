-- Who saw, looked for or took away what is known of a person; from events only.
create table customer.access_ledger (
  id           uuid        not null,
  customer_id  uuid        not null,
  doc          jsonb       not null,
  effective_at timestamptz not null,
  recorded_at  timestamptz not null,
  -- One search finds several.
  primary key (customer_id, id));
create index on customer.access_ledger (customer_id, (doc->>'at'), id);
