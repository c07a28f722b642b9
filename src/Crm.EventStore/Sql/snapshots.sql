-- Folded states of long streams, so that folding begins there. A copy that can always be thrown away: the log is the truth. Rows are
-- replaced again and again: room in their page saves the index.
create schema snapshots;
create table snapshots.snapshots (
  stream_id uuid not null, type varchar not null, fold_version int not null, version bigint not null, doc jsonb not null,
  primary key (stream_id, type)) with (fillfactor = 70);
