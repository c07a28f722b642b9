-- Says whom a circle would go through, the first of those that were changed, so that a job can leave out that parent.
create or replace function customer.refuse_circles(customers uuid[]) returns void language plpgsql as $$
declare found uuid;
begin
  perform pg_advisory_xact_lock(hashtext('customer.parents'));
  with recursive up as (
    select c.id, array[c.id] as path, false as closed from unnest(customers) as c(id)
    union all
    select n.id, up.path || n.id, n.id = any(up.path)
    from up join customer.parents p on p.customer_id = up.id
      cross join lateral (select coalesce((select k.merged_into from customer.match_keys k where k.customer_id = p.parent_id and k.field = 'name'), p.parent_id) as id) n
    where not up.closed and cardinality(up.path) <= 30)
  select up.id into found from up where up.closed and up.id = up.path[1] order by array_position(customers, up.id) limit 1;
  if found is not null then
    raise exception 'A customer would be above itself' using errcode = '40001', constraint = 'parent_cycle', hint = found::text;
  end if;
end $$;
