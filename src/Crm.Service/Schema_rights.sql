-- Who is responsible for a customer, through whom its tickets may be seen; and who opened a ticket.
alter table service.customers add column owner_id uuid null;
create index on service.customers (owner_id);
create index on service.tickets ((doc->>'createdBy'), id);

-- What is shared with somebody.
create index on service.tickets using gin ((doc->'shares') jsonb_path_ops);
