-- The name a user signs in with, by which a file may mean who is responsible.
alter table customer.users add column login text null;
