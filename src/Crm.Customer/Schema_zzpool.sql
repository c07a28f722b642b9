-- How many customers are in the pool: an index with this condition tells the planner nothing, and it took half of all customers for the pool.
create statistics customer.customers_pooled on ((doc->>'inPool')::boolean) from customer.customers;
