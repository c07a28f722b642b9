create schema if not exists host;

-- Which steps of the demo organisation are done, so that a start goes on where the last one was stopped.
create table host.demo (
  step    text primary key,
  done_at timestamptz not null default now()
);
