-- What it takes to ask again, chunk by chunk, whether who began a job still may; and why a job was ended.
alter table http.bulk_jobs
  add column acting_role    text null,
  add column acting_ceiling text null,
  add column fault          text null;
