-- Whom every customer belongs to, with the events. From events only.
create table customer.parents (customer_id uuid primary key, parent_id uuid not null);

-- Fails where one of some customers would be above itself, through merges as well. One after the other: whoever waits sees what the one before has saved.
create function customer.refuse_circles(customers uuid[]) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('customer.parents'));
  if exists (
    with recursive up as (
      select c.id, array[c.id] as path, false as closed from unnest(customers) as c(id)
      union all
      select n.id, up.path || n.id, n.id = any(up.path)
      from up join customer.parents p on p.customer_id = up.id
        cross join lateral (select coalesce((select k.merged_into from customer.match_keys k where k.customer_id = p.parent_id and k.field = 'name'), p.parent_id) as id) n
      where not up.closed and cardinality(up.path) <= 30)
    select from up where up.closed and up.id = up.path[1])
  then raise exception 'A customer would be above itself' using errcode = '40001'; end if;
end $$;
