-- The order of pipelines is the order of the events that defined them: a number drawn while projecting would differ between two builds of the table.
-- The small numbers of before come before every sequence number, so that the order stays.
alter table analytics.pipelines alter column number drop identity;
alter table analytics.pipelines alter column number type bigint;
