-- The physical schema of Marten 9.29 for one organisation, quick append and all metadata columns.
-- Nothing of our own is added: Marten's schema comparison would drop it.
create schema if not exists events;

create table events.mt_streams (
  id          uuid        not null constraint pkey_mt_streams_id primary key,
  type        varchar     null,
  version     bigint      null,
  timestamp   timestamptz not null default (now()),
  created     timestamptz not null default (now()),
  tenant_id   varchar     default '*DEFAULT*',
  is_archived bool        default false);
create table events.mt_events (
  seq_id bigint not null constraint pkey_mt_events_seq_id primary key,
  id uuid not null, stream_id uuid null, version bigint not null,
  data jsonb not null, bdata bytea null, type varchar(500) not null,
  timestamp timestamptz not null default (now()),
  tenant_id varchar default '*DEFAULT*', mt_dotnet_type varchar null,
  correlation_id varchar null, causation_id varchar null, headers jsonb null, user_name varchar null,
  is_archived bool default false,
  constraint fkey_mt_events_stream_id foreign key (stream_id) references events.mt_streams (id) on delete cascade);
create unique index pk_mt_events_stream_and_version on events.mt_events (stream_id, version);
create sequence events.mt_events_sequence owned by events.mt_events.seq_id;
create table events.mt_event_progression (
  name varchar not null constraint pk_mt_event_progression primary key,
  last_seq_id bigint null, last_updated timestamptz default (transaction_timestamp()));
create table events.mt_high_water_skips (ending_sequence bigint not null constraint pkey_mt_high_water_skips_ending_sequence primary key,
  starting_sequence bigint not null, timestamp timestamptz default (transaction_timestamp()));

-- The order is the contract: stream row (lock, version check, transaction id), then sequence, then events.
-- A loser of a version race fails before it draws a number, and a number below a visible one is older than any later fence.
create function events.mt_quick_append_events(stream uuid, stream_type varchar, tenantid varchar, event_ids uuid[], event_types varchar[],
  dotnet_types varchar[], bodies jsonb[], bdatas bytea[], causation_ids varchar[], correlation_ids varchar[], headers jsonb[],
  user_names varchar[], timestamps timestamptz[], expected_version bigint default null) returns bigint[] language plpgsql as $$
declare n int := cardinality(event_ids); head bigint; seqs bigint[];
begin
  if coalesce(expected_version, 0) = 0 then
    insert into events.mt_streams as s (id, type, version, tenant_id) values (stream, stream_type, n, coalesce(tenantid,'*DEFAULT*'))
    on conflict (id) do nothing returning s.version into head;
  end if;
  if head is null and expected_version is distinct from 0 then
    update events.mt_streams s set version = s.version + n, timestamp = now()
    where s.id = stream and not s.is_archived and (expected_version is null or s.version = expected_version) returning s.version into head;
  end if;
  if head is null then
    if exists (select from events.mt_streams s where s.id = stream and s.is_archived)
    then raise exception 'Stream % is archived', stream using errcode = 'MT001';
    else raise exception 'Stream % is not at version %', stream, expected_version using errcode = 'MT003'; end if;
  end if;
  with e as materialized (
    select nextval('events.mt_events_sequence') as seq, u.*
    from unnest(event_ids, event_types, dotnet_types, bodies, bdatas, causation_ids, correlation_ids, headers, user_names, timestamps)
         with ordinality as u(id, type, dotnet, body, bdata, causation, correlation, hdrs, usr, ts, ord)), i as (
    insert into events.mt_events (seq_id, id, stream_id, version, data, bdata, type, tenant_id, timestamp, mt_dotnet_type, is_archived, causation_id, correlation_id, headers, user_name)
    select seq, id, stream, head - n + ord, body, bdata, type, coalesce(tenantid,'*DEFAULT*'), coalesce(ts, now()), dotnet, false, causation, correlation, hdrs, usr from e
    returning seq_id)
  select array_agg(seq_id order by seq_id) into seqs from i;
  return array_prepend(head, seqs);
end $$;

create function events.mt_archive_stream(streamid uuid) returns void language plpgsql as $$
begin
  update events.mt_streams set is_archived = true where id = streamid;
  update events.mt_events set is_archived = true where stream_id = streamid;
end $$;

create function events.mt_mark_event_progression(name varchar, last_encountered bigint) returns void language plpgsql as $$
begin
  insert into events.mt_event_progression (name, last_seq_id, last_updated)
  values (name, last_encountered, transaction_timestamp())
  on conflict on constraint pk_mt_event_progression
  do update set last_seq_id = last_encountered, last_updated = transaction_timestamp();
end $$;

create function events.mt_mark_progression_with_skip(shard_name varchar, ending_sequence bigint, starting_sequence bigint)
  returns bigint language plpgsql as $$
declare
  reached bigint;
begin
  select p.last_seq_id into reached from events.mt_event_progression p where p.name = shard_name for update;
  if reached is not null and reached <> starting_sequence then
    return reached;
  end if;
  insert into events.mt_event_progression as p (name, last_seq_id, last_updated)
  values (shard_name, ending_sequence, transaction_timestamp())
  on conflict on constraint pk_mt_event_progression
  do update set last_seq_id = excluded.last_seq_id, last_updated = transaction_timestamp();
  insert into events.mt_high_water_skips as k (ending_sequence, starting_sequence)
  values (ending_sequence, starting_sequence)
  on conflict on constraint pkey_mt_high_water_skips_ending_sequence do nothing;
  return ending_sequence;
end $$;
