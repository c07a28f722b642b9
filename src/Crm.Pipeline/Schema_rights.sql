-- Whose customers an opportunity may be seen through.
create index on pipeline.customers (owner_id);

-- What is shared with somebody.
create index on pipeline.opportunities using gin ((doc->'shares') jsonb_path_ops);
