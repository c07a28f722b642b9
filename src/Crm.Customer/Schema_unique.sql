-- Values of unique custom fields, as hashes. The constraint carries the code of the refusal.
create table customer.unique_values (
  customer_id uuid    not null,
  key         text    not null,
  value       text    not null,
  live        boolean not null default true,
  primary key (customer_id, key)
);
create unique index custom_value_taken on customer.unique_values (key, value) where live;
