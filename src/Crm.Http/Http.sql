-- Answers of commands that were sent with an Idempotency-Key, written in the transaction of their events (C6).
create schema if not exists http;

create table http.idempotency (
  client     text        not null,
  key        text        not null,
  route      text        not null,
  body_hash  bytea       not null,
  status     int         not null,
  location   text        null,
  etag       text        null,
  sequence   bigint      not null,
  body       bytea       null,
  created_at timestamptz not null,
  constraint idempotency_key primary key (client, key)
);
create index on http.idempotency (created_at);
