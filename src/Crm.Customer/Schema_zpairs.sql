-- Pairs follow from keys alone: which keys have more customers than tell anything, and which event of a customer was read last. Turned: since the last page; stale: to be counted again.
create table customer.duplicate_crowds (
  reason text    not null,
  key    text    not null,
  turned boolean not null default false,
  gone   boolean not null default false,
  stale  boolean not null default false,
  primary key (reason, key));
create index on customer.duplicate_crowds (reason) where turned or stale or gone;
alter table customer.duplicate_subjects add column seen bigint not null default 0, add column seen_at text not null default '';
