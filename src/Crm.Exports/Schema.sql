create schema if not exists exports;

create table exports.exports (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on exports.exports using gin (grams);
create table exports.exports_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on exports.exports_states (true_from, true_to);
create index on exports.exports_states (known_from, known_to);
-- Who sees but his own exports lists them by this.
create index on exports.exports ((doc->>'createdBy'), id);
-- The workers ask for work by this index a few times a second.
create index exports_with_work on exports.exports ((doc->>'status')) where doc->>'status' in ('waiting', 'running');

-- A file as long as there is one: what was asked for (encrypted, as a filter can hold a telephone number) and how far it is.
create table exports.files (
  export_id uuid primary key,
  request bytea not null,
  expires_at timestamptz not null,
  started_at timestamptz null,
  total bigint null,
  parts int not null default 0,
  written bigint not null default 0);
create index on exports.files (expires_at);

-- Which records are in a part, in which state and order, all found in one snapshot; and the part itself, encrypted, once it is written.
create table exports.parts (
  export_id uuid not null references exports.files (export_id) on delete cascade,
  number int not null,
  ids uuid[] not null,
  versions bigint[] not null,
  content bytea null,
  primary key (export_id, number));
alter table exports.parts alter column content set storage external;

-- The fence of a part: it fails, and with it what the ledger would say of the part, unless the file is still wanted and the part is the next one.
create function exports.put(export uuid, part int, rows int, bytes bytea) returns void language plpgsql as $$
begin
  update exports.files f set parts = part + 1, written = f.written + rows where f.export_id = export and f.parts = part;
  if not found then raise exception 'Export % is not at part %', export, part using errcode = 'EX001'; end if;
  update exports.parts p set content = bytes where p.export_id = export and p.number = part;
end $$;
