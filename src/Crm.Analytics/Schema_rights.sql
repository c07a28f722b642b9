-- Who is responsible: figures count what their reader may see.
alter table analytics.customers add column owner_id uuid null;
create index on analytics.customers (owner_id);
create index opportunity_states_owner on analytics.opportunity_states (owner_id) where known_to = 'infinity';
create index opportunity_states_customer on analytics.opportunity_states (customer_id) where known_to = 'infinity';
create index on analytics.tickets (assignee_id);
create index on analytics.ratings (customer_id);
