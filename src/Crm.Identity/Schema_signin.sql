-- Who may sign in, folded from the user's events in their transaction. The epoch is the version of the last event that ended every session:
-- a session of an older one is over, on every node, with the commit of that event.
create table identity.access (
  user_id   uuid primary key,
  user_name text    not null,
  role      text    not null,
  active    boolean not null,
  epoch     bigint  not null
);

alter table identity.credentials drop column stamp;
alter table identity.credentials add column changed_at timestamptz null;

-- Sessions of the page. The cookie holds the secret, this only its hash.
create table identity.sessions (
  id            uuid        primary key,
  secret_hash   bytea       not null unique,
  user_id       uuid        not null,
  epoch         bigint      not null,
  second_factor boolean     not null,
  created_at    timestamptz not null,
  last_seen_at  timestamptz not null,
  address       text        not null,
  device        text        not null
);
create index on identity.sessions (user_id, last_seen_at desc);
create index on identity.sessions (last_seen_at);

-- Authenticator apps; enabled once a code has shown that the app has the key. A time step is accepted once.
create table identity.second_factors (
  user_id    uuid        primary key,
  secret     text        not null,
  enabled_at timestamptz null,
  last_step  bigint      not null default 0
);

create table identity.recovery_codes (
  user_id   uuid  not null,
  code_hash bytea not null,
  primary key (user_id, code_hash)
);

-- What happened at the door: attempts are no facts of the business, so they are not in the log.
create table identity.sign_ins (
  id       uuid        primary key,
  at       timestamptz not null,
  user_id  uuid        null,
  event    text        not null,
  reason   text        null,
  actor_id uuid        null,
  address  text        not null,
  device   text        not null
);
create index on identity.sign_ins (user_id, id desc);
create index on identity.sign_ins (event, id desc);
create index on identity.sign_ins (at);

create index on identity.password_links (user_id);
