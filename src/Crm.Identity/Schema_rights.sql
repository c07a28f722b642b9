-- Roles and department of users, for every decision about rights; written with the events.
create table identity.members (
  user_id       uuid    primary key,
  roles         text[]  not null,
  department_id uuid    null,
  active        boolean not null,
  removed       boolean not null
);
create index on identity.members (department_id);

create table identity.departments (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on identity.departments using gin (grams);
create index on identity.departments ((doc->>'name'), id);
create table identity.departments_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on identity.departments_states (true_from, true_to);
create index on identity.departments_states (known_from, known_to);
create index on identity.departments_states (id) where known_to = 'infinity';

-- The constraints carry the codes of the refusals.
create table identity.department_names (
  name          text not null constraint department_name_taken primary key,
  department_id uuid not null
);

create table identity.roles (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create table identity.role_codes (
  code    text not null constraint role_code_taken primary key,
  role_id uuid not null
);
