create schema if not exists identity;

create table identity.users (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on identity.users using gin (grams);
create table identity.users_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on identity.users_states (true_from, true_to);
create index on identity.users_states (known_from, known_to);
create index on identity.users_states (id) where known_to = 'infinity';

-- Written with the event that takes the name; the constraint carries the code of the refusal.
create table identity.user_names (
  user_name text not null constraint user_name_taken primary key,
  user_id   uuid not null
);

create table identity.credentials (
  user_id       uuid primary key,
  password_hash text        not null,
  stamp         uuid        not null,
  failures      int         not null default 0,
  locked_until  timestamptz null
);

-- One-time links to set a password; only a hash of the token is kept.
create table identity.password_links (
  token_hash bytea       primary key,
  user_id    uuid        not null,
  expires_at timestamptz not null
);

create table identity.clients (
  client_id   text primary key,
  name        text    not null,
  role        text    not null,
  secret_hash bytea   not null,
  active      boolean not null default true
);

create table identity.signing_keys (
  kid         text primary key,
  private_key bytea       not null,
  created_at  timestamptz not null
);

create table identity.data_protection_keys (
  name text primary key,
  xml  text not null
);
