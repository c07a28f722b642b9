create schema analytics;

-- Pipelines and their stages as they are defined now: names and order of the reports.
create table analytics.pipelines (
  id uuid primary key,
  name text not null,
  is_default boolean not null,
  number int generated always as identity);
create table analytics.stages (
  pipeline_id uuid not null,
  code text not null,
  name text not null,
  name_en text not null,
  kind text not null,
  position int not null,
  removed boolean not null,
  primary key (pipeline_id, code));

-- What was true of an opportunity and when, on both axes: by business date (true) and by recording (known).
-- A row holds from an event to the next one; the last row of an opportunity that exists is open ('infinity').
create table analytics.opportunity_states (
  opportunity_id uuid not null,
  version bigint not null,
  name text not null,
  customer_id uuid null,
  owner_id uuid null,
  pipeline_id uuid not null,
  stage text not null,
  kind text not null,
  amount numeric null,
  currency text null,
  opened_true timestamptz not null,
  entered_true timestamptz not null,
  known_from timestamptz not null,
  known_to timestamptz not null,
  true_from timestamptz not null,
  true_to timestamptz not null,
  primary key (opportunity_id, version));
create index opportunity_states_now on analytics.opportunity_states (pipeline_id) where known_to = 'infinity';

-- Each stay of an opportunity in a stage: entered, left, and advanced (first reached a later stage or was won afterwards).
create table analytics.stage_stays (
  opportunity_id uuid not null,
  version bigint not null,
  pipeline_id uuid not null,
  stage text not null,
  kind text not null,
  position int not null,
  entered_true timestamptz not null,
  entered_known timestamptz not null,
  left_true timestamptz not null,
  left_known timestamptz not null,
  advanced_true timestamptz not null,
  advanced_known timestamptz not null,
  primary key (opportunity_id, version));
create index on analytics.stage_stays (pipeline_id, entered_true);

-- Ratings of tickets and when each was the ticket's rating.
create table analytics.ratings (
  ticket_id uuid not null,
  version bigint not null,
  number text not null,
  subject text not null,
  customer_id uuid null,
  assignee_id uuid null,
  score int not null,
  comment text null,
  known_from timestamptz not null,
  known_to timestamptz not null,
  true_from timestamptz not null,
  true_to timestamptz not null,
  primary key (ticket_id, version));
create index on analytics.ratings (true_from);
create table analytics.tickets (
  id uuid primary key,
  subject text not null,
  assignee_id uuid null,
  known_at timestamptz not null,
  true_at timestamptz not null);

-- Users with their department, and when that was so; what is known first holds from the beginning of time, since who somebody is has no date.
create table analytics.people_states (
  id uuid not null,
  version bigint not null,
  name text not null,
  department text null,
  known_from timestamptz not null,
  known_to timestamptz not null,
  true_from timestamptz not null,
  true_to timestamptz not null,
  primary key (id, version));

-- Names of customers.
create table analytics.customers (
  id uuid primary key,
  name text not null);
