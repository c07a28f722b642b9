-- Documents stay in their rows up to a page's length. Above 2 kB PostgreSQL moves the longest column out of the row, which is the document, and a filter that
-- looks at a thousand rows then fetches a thousand documents: eight times as slow. Encrypted values cannot be compressed, so most records are longer than that.
alter table customer.customers set (toast_tuple_target = 8160);
alter table customer.customers_states set (toast_tuple_target = 8160);
