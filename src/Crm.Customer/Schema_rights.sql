-- Who is responsible, beside the name by which a customer is found to be on file: whoever may not see it is told the department only.
alter table customer.match_keys add column owner_id uuid null;

-- Lists of what one person or one department is responsible for.
create index on customer.customers (((doc->>'ownerId')::uuid), (doc->>'createdAt'), id);

-- What is shared with somebody.
create index on customer.customers using gin ((doc->'shares') jsonb_path_ops);
