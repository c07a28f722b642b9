-- What changed last, for the search over everything.
create index on customer.customers (known_from);
create index on customer.tasks (known_from);
