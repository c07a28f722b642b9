create schema if not exists pipeline;

-- What this module keeps of other modules' records.
create table pipeline.customers (
  id         uuid    primary key,
  name       text    not null,
  short_name text    null,
  search     text    not null,
  grams      text[]  not null,
  tier       text    null,
  industry   text    null,
  size       text    null,
  lifecycle  text    not null,
  owner_id   uuid    null,
  deleted    boolean not null
);
create index on pipeline.customers using gin (grams);

create table pipeline.users (
  id         uuid    primary key,
  name       text    not null,
  department text    null,
  removed    boolean not null
);

-- Written with the events themselves; the names of constraints and unique indexes are the codes of the refusals.
create table pipeline.stages (
  pipeline_id   uuid    not null,
  pipeline_name text    not null,
  is_default    boolean not null,
  code          text    not null,
  kind          text    not null,
  name          text    not null,
  name_en       text    not null,
  primary key (pipeline_id, code),
  unique (pipeline_id, code, kind)
);

create table pipeline.opportunity_stages (
  opportunity_id uuid    primary key,
  pipeline_id    uuid    not null,
  stage          text    not null,
  closed         boolean not null,
  deleted        boolean not null,
  -- Null frees the reference: a closed or deleted opportunity holds no stage.
  open_kind      text    null generated always as (case when closed or deleted then null else 'open' end) stored,
  constraint stage_in_use foreign key (pipeline_id, stage, open_kind) references pipeline.stages (pipeline_id, code, kind)
);
create index on pipeline.opportunity_stages (pipeline_id, stage) where open_kind is not null;

create table pipeline.opportunity_keys (
  opportunity_id uuid    not null,
  system         text    not null,
  value          text    not null,
  name           text    not null,
  deleted        boolean not null,
  primary key (opportunity_id, system)
);
create unique index external_key_taken on pipeline.opportunity_keys (system, value) where not deleted;

create table pipeline.catalogue (
  id       uuid    primary key,
  code     text    not null,
  deleted  boolean not null,
  name     text    not null,
  active   boolean not null,
  price    numeric null,
  currency text    null
);
create unique index product_code_taken on pipeline.catalogue (code) where not deleted;

create table pipeline.pipelines (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on pipeline.pipelines using gin (grams);
create table pipeline.pipelines_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on pipeline.pipelines_states (true_from, true_to);
create index on pipeline.pipelines_states (known_from, known_to);
create index on pipeline.pipelines_states (id) where known_to = 'infinity';

create table pipeline.products (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on pipeline.products using gin (grams);
create index on pipeline.products ((doc->>'code'), id);
create table pipeline.products_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on pipeline.products_states (true_from, true_to);
create index on pipeline.products_states (known_from, known_to);
create index on pipeline.products_states (id) where known_to = 'infinity';

-- The columns after the common ones are read from the document by the database: an index with all that the board adds up answers it
-- without touching a document. Instants are text of one width, whose order is their order in time.
create table pipeline.opportunities (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null,
  pipeline_id uuid    not null generated always as ((doc->>'pipelineId')::uuid) stored,
  stage       text    not null generated always as (doc->>'stage') stored,
  kind        text    not null generated always as (doc->>'stageKind') stored,
  entered     text    not null collate "C" generated always as (doc->>'enteredStageAt') stored,
  owner_id    uuid    null     generated always as ((doc->>'ownerId')::uuid) stored,
  customer_id uuid    null     generated always as ((doc->>'customerId')::uuid) stored,
  amount      numeric null     generated always as ((doc->'amount'->>'amount')::numeric) stored,
  currency    text    null     generated always as (doc->'amount'->>'currency') stored,
  deleted     boolean not null generated always as ((doc->>'deleted')::boolean) stored);
create index on pipeline.opportunities using gin (grams);
create index opportunities_board on pipeline.opportunities (pipeline_id, stage, entered desc, id desc) include (amount, currency) where not deleted;
create index on pipeline.opportunities (owner_id, id desc);
create index on pipeline.opportunities (customer_id, id desc);
create index on pipeline.opportunities (amount, id);
create index on pipeline.opportunities (amount desc nulls last, id desc);
create index on pipeline.opportunities ((doc->>'expectedCloseDate'), id);
create index on pipeline.opportunities ((doc->>'name'), id);
create index on pipeline.opportunities ((doc->>'updatedAt'), id);

create table pipeline.opportunities_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  pipeline_id uuid    not null generated always as ((doc->>'pipelineId')::uuid) stored,
  stage       text    not null generated always as (doc->>'stage') stored,
  kind        text    not null generated always as (doc->>'stageKind') stored,
  entered     text    not null collate "C" generated always as (doc->>'enteredStageAt') stored,
  owner_id    uuid    null     generated always as ((doc->>'ownerId')::uuid) stored,
  customer_id uuid    null     generated always as ((doc->>'customerId')::uuid) stored,
  amount      numeric null     generated always as ((doc->'amount'->>'amount')::numeric) stored,
  currency    text    null     generated always as (doc->'amount'->>'currency') stored,
  deleted     boolean not null generated always as ((doc->>'deleted')::boolean) stored,
  primary key (id, version));
create index on pipeline.opportunities_states (true_from, true_to);
create index on pipeline.opportunities_states (known_from, known_to);
create index on pipeline.opportunities_states (id) where known_to = 'infinity';
create index opportunities_states_board on pipeline.opportunities_states (pipeline_id, stage, entered desc, id desc)
  include (true_from, true_to, known_from, known_to, amount, currency) where not deleted;
