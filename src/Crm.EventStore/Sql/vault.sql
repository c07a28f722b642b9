-- One key for each person whose data events hold, wrapped by a master key that is not in the database. Destroying the wrapped key destroys what was
-- encrypted with it, in the log, in read models and in every copy that is restored without this schema; the row stays and says so.
create schema vault;
create table vault.keys (
  subject      uuid        not null constraint personal_key primary key,
  wrapped      bytea       null,
  master       text        null,
  created_at   timestamptz not null default now(),
  destroyed_at timestamptz null,
  check ((wrapped is null) = (destroyed_at is not null) and (master is null) = (wrapped is null)));
-- What is to be wrapped anew after another master key was made the current one.
create index on vault.keys (master, subject) where wrapped is not null;
