create table customer.tasks (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null) with (toast_tuple_target = 8160);
create index on customer.tasks using gin (grams);
create table customer.tasks_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version)) with (toast_tuple_target = 8160);
create index on customer.tasks_states (true_from, true_to);
create index on customer.tasks_states (known_from, known_to);
create index on customer.tasks ((doc->>'dueAt'), id);
create index on customer.tasks ((doc->>'dueAt') desc nulls last, id desc);
create index on customer.tasks (((doc->>'assigneeId')::uuid), (doc->>'dueAt'), id);
create index on customer.tasks (((doc->>'customerId')::uuid), (doc->>'dueAt'), id);
create index on customer.tasks ((doc->>'createdBy'));
-- What is to be reminded of.
create index on customer.tasks ((doc->>'dueAt')) where doc->>'status' = 'open';
