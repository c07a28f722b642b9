-- Follow-ups of all customers, of everybody and of one author, newest first.
create index on customer.follow_ups ((doc->>'at') desc, id desc);
create index on customer.follow_ups ((doc->>'authorId'), (doc->>'at') desc, id desc);
