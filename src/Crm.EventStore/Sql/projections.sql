-- What the daemon remembers of projections beside their positions, which are in Marten's tables.
create schema if not exists daemon;

-- Events at which a projection is paused: written by the node that leads it, removed when it is to be tried again.
create table daemon.failures (
  projection text        primary key,
  sequence   bigint      not null,
  type       text        not null,
  stream_id  uuid        null,
  error      text        not null,
  failed_at  timestamptz not null default now());

-- Events an administrator left out of a projection: live and in every build from then on.
create table daemon.skipped_events (
  projection text        not null,
  sequence   bigint      not null,
  type       text        not null,
  stream_id  uuid        null,
  error      text        not null,
  reason     text        not null,
  skipped_by text        not null,
  skipped_at timestamptz not null default now(),
  primary key (projection, sequence));
