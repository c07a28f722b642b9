-- Values of unique custom fields of tickets, as hashes. The constraint carries the code of the refusal.
create table service.unique_values (
  record_id uuid    not null,
  key       text    not null,
  value     text    not null,
  live      boolean not null default true,
  primary key (record_id, key)
);
create unique index custom_value_taken on service.unique_values (key, value) where live;

-- Equality on any of the organisation's own fields; a new field needs no index of its own.
create index on service.tickets using gin ((doc->'custom') jsonb_path_ops);
