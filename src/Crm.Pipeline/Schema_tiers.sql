-- The tier of a customer is asked of the module that works it out.
alter table pipeline.customers drop column tier;
