-- How many records a merge moves in all; null where the lists lagged behind when it began.
alter table customer.record_moves add column total integer null;

-- Whose plans name a person, whether their customers are archived or not.
create index on customer.due_dates (planned_by) where planned_by is not null;
