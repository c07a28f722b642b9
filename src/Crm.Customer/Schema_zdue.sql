-- When a customer is due follows from the tier that holds: a row for each period of the tier that is not over.
alter table customer.due_dates
  add column valid_from timestamptz not null default '-infinity', add column valid_to timestamptz not null default 'infinity';
update customer.due_dates set tier = 'D' where tier is null;
alter table customer.due_dates alter column tier set not null, alter column valid_from drop default, alter column valid_to drop default;
-- A table that was built anew has its indexes under other names.
do $$
declare old record;
begin
  for old in select conname as name from pg_constraint where conrelid = 'customer.due_dates'::regclass and contype = 'p' loop
    execute format('alter table customer.due_dates drop constraint %I', old.name);
  end loop;
  for old in select indexrelid::regclass as name from pg_index where indrelid = 'customer.due_dates'::regclass loop
    execute format('drop index %s', old.name);
  end loop;
end $$;
alter table customer.due_dates add primary key (id, valid_from);
create index on customer.due_dates (responsible_id, planned_at) where open and planned_at is not null;
create index on customer.due_dates (due_at, id) include (valid_from, valid_to);
create index on customer.due_dates (responsible_id, due_at, id) include (valid_from, valid_to) where open;

-- Days from one follow-up to the next, and whether they are the class's or the tier's.
create function customer.due_days(days jsonb, lifecycle text, tier text) returns int language sql stable as
  $$ select least((days->>lifecycle)::int, (days->>tier)::int) $$;
create function customer.due_rule(days jsonb, lifecycle text, tier text) returns text language sql stable as
  $$ select case when (days->>tier)::int < (days->>lifecycle)::int then 'tier' else 'lifecycle' end $$;

-- For other modules: the tier that every customer has at an instant.
create function customer.tiers_at(at timestamptz) returns table (customer_id uuid, tier text) language sql stable as
  $$ select p.customer_id, p.tier from customer.tier_periods p where p.valid_from <= at and p.valid_to > at $$;
