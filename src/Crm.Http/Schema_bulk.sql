-- Commands on many records as one job: what is to be done with each, and what became of it.
create table http.bulk_jobs (
  id            uuid        primary key,
  kind          text        not null,
  subject_id    uuid        null,
  parameters    jsonb       not null,
  state         text        not null,
  position      int         not null default 0,
  total         int         not null,
  done          int         not null default 0,
  refused       int         not null default 0,
  undone        int         not null default 0,
  kept          int         not null default 0,
  started_by    text        not null,
  started_at    timestamptz not null,
  reason        text        null,
  acting        text        not null,
  acting_for    text        null,
  acting_reason text        null,
  acting_since  timestamptz not null,
  advanced_at   timestamptz not null
);
-- One at a time about one subject; the name is the code of the refusal.
create unique index bulk_job_running on http.bulk_jobs (kind, subject_id) where state in ('running', 'undoing');
create index on http.bulk_jobs (kind, subject_id, started_at desc);

create table http.bulk_items (
  job_id    uuid  not null,
  position  int   not null,
  command   text  not null,
  record_id uuid  not null,
  input     jsonb not null,
  before    jsonb null,
  outcome   text  null,
  fault     jsonb null,
  primary key (job_id, position)
);
create index on http.bulk_items (job_id, position) where fault is not null;

-- Moves a job on from where the caller left it; fails where it was cancelled, or where another node is working on it.
create function http.bulk_advance(job uuid, in_state text, from_position int, to_position int, d_done int, d_refused int, d_undone int, d_kept int, at timestamptz) returns void language plpgsql as $$
begin
  update http.bulk_jobs j set position = to_position, done = j.done + d_done, refused = j.refused + d_refused, undone = j.undone + d_undone, kept = j.kept + d_kept, advanced_at = at
  where j.id = job and j.state = in_state and j.position = from_position;
  if not found then raise exception 'Job % is not % at item %', job, in_state, from_position using errcode = 'BK001'; end if;
end $$;
