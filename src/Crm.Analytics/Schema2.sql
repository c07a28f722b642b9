-- The order of pipelines is the order of the events that defined them: a number drawn while projecting would differ between two builds of the table.
alter table analytics.pipelines alter column number drop identity;
alter table analytics.pipelines alter column number type bigint;
update analytics.pipelines p set number = e.seq_id from events.mt_events e where e.stream_id = p.id and e.version = 1;
