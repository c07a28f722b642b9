-- Files of the log are kept encrypted from now on; those that were written in plain are asked for again.
delete from analytics.operation_exports;
