-- Filters by the organisation's own fields.
create index on customer.customers using gin ((doc->'custom') jsonb_path_ops);
-- Written into the statements that used them.
drop function customer.shown_tags(jsonb, uuid, timestamptz);
drop function customer.computed_tags(uuid, timestamptz);
