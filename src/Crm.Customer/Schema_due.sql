-- When every customer is due for a follow-up: the earlier of what is planned and what the cadence demands; from events only.
create table customer.cadence (days jsonb not null);
create table customer.due_dates (
  id             uuid        primary key,
  owner_id       uuid        null,
  lifecycle      text        not null,
  tier           text        null,
  registered_at  timestamptz not null,
  last_at        timestamptz null,
  planned_at     timestamptz null,
  planned_by     uuid        null,
  archived       boolean     not null default false,
  deleted        boolean     not null default false,
  erased         boolean     not null default false,
  due_at         timestamptz not null,
  open           boolean     not null generated always as (not archived and not deleted and not erased) stored,
  responsible_id uuid        null generated always as (coalesce(planned_by, owner_id)) stored
);
create index on customer.due_dates (due_at, id);
create index on customer.due_dates (responsible_id, due_at, id) where open;
create index on customer.due_dates (responsible_id, planned_at) where open and planned_at is not null;

-- Days of 24 hours, so that no zone of a session matters.
create function customer.due_at(days jsonb, lifecycle text, tier text, since timestamptz, planned timestamptz) returns timestamptz language sql stable as
  $$ select least(planned, since + interval '24 hours' * least((days->>lifecycle)::int, (days->>tier)::int)) $$;

-- On which day of the year contacts have their birthday, as a keyed hash of month and day: the date itself lies encrypted in the document.
create table customer.birthdays (
  contact_id  uuid primary key,
  customer_id uuid not null,
  day         text not null
);
create index on customer.birthdays (day);
create index on customer.birthdays (customer_id);
