-- Files hold what people wrote about people: rows, samples and messages are encrypted by the store's own key, and rows of an erased customer are emptied.
alter table imports.rows alter column cells drop not null;
alter table imports.rows add column sealed bytea null;
create index imports_results_record on imports.results (record_id) where record_id is not null;
