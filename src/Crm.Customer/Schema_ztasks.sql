-- The tasks of an opportunity and of a ticket.
create index on customer.tasks (((doc->>'opportunityId')::uuid), (doc->>'dueAt'), id) where doc->>'opportunityId' is not null;
create index on customer.tasks (((doc->>'ticketId')::uuid), (doc->>'dueAt'), id) where doc->>'ticketId' is not null;
