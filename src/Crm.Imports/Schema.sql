create schema if not exists imports;

create table imports.imports (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on imports.imports using gin (grams);
create table imports.imports_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on imports.imports_states (true_from, true_to);
create index on imports.imports_states (known_from, known_to);
create index on imports.imports_states (id) where known_to = 'infinity';
-- The worker asks for work by this index a few times a second.
create index imports_with_work on imports.imports ((doc->>'status')) where doc->>'status' in ('checking', 'running', 'reverting');

-- Uploads whose import is not yet in the log; what stays here longer was broken off and is removed with its rows.
create table imports.uploads (import_id uuid primary key, created_at timestamptz not null);

-- Every cell of the file as it was read. Row numbers are those of a spreadsheet program.
create table imports.rows (
  import_id uuid not null, row int not null, problem smallint not null, cells text[] not null,
  primary key (import_id, row));

-- What was found in the columns, what is suggested for their values, what people should know. Not in events: it holds samples of personal data.
create table imports.profiles (
  import_id uuid primary key, columns jsonb not null, notes jsonb not null default '[]', suggestions jsonb null);

-- One line for each row: the verdict of the dry run, replaced by what the commit did, and what a revert undid.
create table imports.results (
  import_id uuid not null, row int not null, verdict text not null, severity smallint not null, messages jsonb not null,
  record_id uuid null, before_version bigint null, after_version bigint null, undone text null, kept text[] null,
  primary key (import_id, row)) with (fillfactor = 80);
create index imports_results_to_look_at on imports.results (import_id, row) where severity > 0 or verdict in ('skip', 'error');

create table imports.progress (
  import_id uuid not null, kind text not null, run int not null, phase int not null default 0, position int not null default 0,
  done int not null default 0, total int not null, started_at timestamptz not null, started_done int not null default 0,
  created int not null default 0, updated int not null default 0, unchanged int not null default 0, skipped int not null default 0,
  failed int not null default 0, warnings int not null default 0,
  primary key (import_id, kind));

-- The fence of a batch: it fails, and with it the events of the batch, unless the import is still in the state and at the position from which
-- the batch was decided. A node that lost its claim without noticing, or a job that was cancelled, therefore cannot write anything.
create function imports.advance(import uuid, job text, in_run int, in_status text, from_phase int, from_position int, to_phase int, to_position int, rows_done int,
  d_created int, d_updated int, d_unchanged int, d_skipped int, d_failed int, d_warnings int) returns void language plpgsql as $$
begin
  perform 1 from imports.imports i where i.id = import and i.doc->>'status' = in_status and (i.doc->>'run')::int = in_run for share;
  if not found then raise exception 'Import % is no longer %', import, in_status using errcode = 'IM002'; end if;
  update imports.progress p set phase = to_phase, position = to_position, done = p.done + rows_done, created = p.created + d_created, updated = p.updated + d_updated,
    unchanged = p.unchanged + d_unchanged, skipped = p.skipped + d_skipped, failed = p.failed + d_failed, warnings = p.warnings + d_warnings
  where p.import_id = import and p.kind = job and p.run = in_run and p.phase = from_phase and p.position = from_position;
  if not found then raise exception 'Import % is not at row %', import, from_position using errcode = 'IM001'; end if;
end $$;
