-- Clients are records with a history. The rows of before become events at the next start.
alter table identity.clients rename to clients_before;
alter table identity.clients_before rename constraint clients_pkey to clients_before_pkey;

create table identity.clients (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null,
  client_id text not null generated always as (doc->>'clientId') stored constraint client_id_taken unique,
  name text not null generated always as (doc->>'name') stored,
  role text not null generated always as (doc->>'role') stored,
  active boolean not null generated always as ((doc->>'active')::boolean) stored);
create index on identity.clients using gin (grams);
create table identity.clients_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on identity.clients_states (true_from, true_to);
create index on identity.clients_states (known_from, known_to);

-- Only a hash of a secret is kept. Which secrets count, and until when, the client's record says.
create table identity.client_secrets (
  id     uuid  primary key,
  client uuid  not null,
  hash   bytea not null
);
create index on identity.client_secrets (client);

-- An assertion of private_key_jwt counts once (RFC 7523).
create table identity.client_assertions (
  client_id  text        not null,
  jti        text        not null,
  expires_at timestamptz not null,
  primary key (client_id, jti)
);
create index on identity.client_assertions (expires_at);

-- Keys with times: published before they sign, kept until what they signed has expired. The private key is protected.
drop table identity.signing_keys;
create table identity.signing_keys (
  kid         text        primary key,
  private_key bytea       not null,
  signs_from  timestamptz not null,
  signs_until timestamptz not null
);

-- What a person allowed an application to do; every code, access token and refresh token belongs to one.
create table identity.authorizations (
  id         uuid        primary key,
  user_id    uuid        not null,
  client_id  text        not null,
  scopes     text[]      not null,
  remembered boolean     not null,
  auth_time  timestamptz not null,
  created_at timestamptz not null,
  used_at    timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz null
);
create index on identity.authorizations (user_id, client_id) where revoked_at is null;

create table identity.authorization_codes (
  hash             bytea       primary key,
  authorization_id uuid        not null,
  client_id        text        not null,
  redirect_uri     text        not null,
  nonce            text        null,
  challenge        text        not null,
  session          uuid        not null,
  expires_at       timestamptz not null,
  used_at          timestamptz null
);
create index on identity.authorization_codes (expires_at);

create table identity.refresh_tokens (
  hash             bytea       primary key,
  authorization_id uuid        not null,
  client_id        text        not null,
  issued_at        timestamptz not null,
  expires_at       timestamptz not null,
  used_at          timestamptz null
);
create index on identity.refresh_tokens (expires_at);

-- Access tokens that were revoked before they expired.
create table identity.revoked_tokens (
  jti        uuid        primary key,
  expires_at timestamptz not null
);
create index on identity.revoked_tokens (expires_at);

create table identity.personal_tokens (
  id           uuid        primary key,
  user_id      uuid        not null,
  name         text        not null,
  scope        text        not null,
  hash         bytea       not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  last_used_at timestamptz null,
  revoked_at   timestamptz null
);
create unique index on identity.personal_tokens (hash);
create index on identity.personal_tokens (user_id, id) where revoked_at is null;
