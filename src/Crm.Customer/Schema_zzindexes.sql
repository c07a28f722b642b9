-- Indexes that no query has used since tiers and tags have tables of their own and past states are ended by their version: each costs every new customer.
do $$
declare unused regclass;
begin
  for unused in
    select indexrelid from pg_index
    where (indrelid = 'customer.customers'::regclass and (pg_get_indexdef(indexrelid) like '%doc ->> ''tier''%' or pg_get_indexdef(indexrelid) like '%doc -> ''tags''%'))
      or (indrelid = 'customer.customers_states'::regclass and pg_get_indexdef(indexrelid) like '%(id) WHERE (known_to = %')
  loop
    execute format('drop index %s', unused);
  end loop;
end $$;
