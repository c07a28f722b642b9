create table identity.teams (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on identity.teams using gin (grams);
create index on identity.teams ((doc->>'name'), id);
create table identity.teams_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on identity.teams_states (true_from, true_to);
create index on identity.teams_states (known_from, known_to);
create index on identity.teams_states (id) where known_to = 'infinity';

-- The constraint carries the code of the refusal.
create table identity.team_names (
  name    text not null constraint team_name_taken primary key,
  team_id uuid not null
);

-- Who stands in for whom, in days of the organisation's zone; what was ended early is not here.
create table identity.delegations (
  id          uuid primary key,
  user_id     uuid not null,
  delegate_id uuid not null,
  from_day    date not null,
  until_day   date not null
);
create index on identity.delegations (until_day);
