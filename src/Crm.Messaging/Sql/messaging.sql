create schema if not exists messaging;

-- Wolverine's tables and columns. A body is UTF-8 JSON: {"data": the message, "headers": who, through what, trace}.
create table messaging.wolverine_incoming_envelopes (
  id uuid not null,
  status varchar(25) not null check (status in ('Incoming', 'Scheduled', 'Handled')),
  owner_id int not null default 0,
  execution_time timestamptz null,
  attempts int not null default 0,
  body bytea not null,
  message_type varchar(250) not null,
  received_at varchar(250) not null,
  keep_until timestamptz null,
  "timestamp" timestamptz not null default clock_timestamp(),
  constraint pkey_wolverine_incoming_envelopes primary key (id, received_at)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- What a worker takes next: at once in the order of arrival, then what is due by its time.
create index wolverine_incoming_due on messaging.wolverine_incoming_envelopes
  (received_at, coalesce(execution_time, '-infinity'::timestamptz), "timestamp", id) where status <> 'Handled';
-- The same for ordered queues, in which what waits to be tried again holds up what came later.
create index wolverine_incoming_ordered on messaging.wolverine_incoming_envelopes (received_at, "timestamp", id) where status <> 'Handled';
-- What is kept only to recognise a message that comes twice.
create index wolverine_incoming_handled on messaging.wolverine_incoming_envelopes (keep_until) where status = 'Handled';

create table messaging.wolverine_dead_letters (
  id uuid not null,
  execution_time timestamptz null,
  body bytea not null,
  message_type varchar(250) not null,
  received_at varchar(250) not null,
  source varchar(250) null,
  exception_type varchar(500) null,
  exception_message text null,
  sent_at timestamptz null,
  replayable boolean not null default false,
  attempts int not null default 0,
  failed_at timestamptz not null default clock_timestamp(),
  constraint pkey_wolverine_dead_letters primary key (id, received_at)
);
create index wolverine_dead_letters_newest on messaging.wolverine_dead_letters (failed_at desc, id desc);
