-- The catalogue of tags.
create table customer.tags (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on customer.tags using gin (grams);
create table customer.tags_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on customer.tags_states (true_from, true_to);
create index on customer.tags_states (known_from, known_to);

-- The constraint carries the code of the refusal.
create table customer.tag_names (
  name     text    not null constraint tag_name_taken primary key,
  tag_id   uuid    not null,
  current  text    not null,
  computed boolean not null
);

-- Rules as the projection of memberships has read them.
create table customer.tag_rules (
  tag_id  uuid   primary key,
  name    text   not null,
  version bigint not null
);
create table customer.tag_conditions (
  tag_id   uuid    not null,
  place    int     not null,
  kind     text    not null,
  at_least numeric null,
  days     int     null,
  times    numeric null,
  vals     text[]  null,
  primary key (tag_id, place)
);
create table customer.tag_aliases (
  former text primary key,
  name   text not null
);
create table customer.tag_cadence (
  one       boolean primary key default true,
  potential int     not null,
  intent    int     not null,
  won       int     not null,
  lost      int     not null,
  tiers     jsonb   not null
);
create table customer.tier_rule (
  one  boolean primary key default true,
  a    numeric not null,
  b    numeric not null,
  c    numeric not null,
  days int     not null
);

-- What rules look at: what held of a customer from when to when. No rule stands in it, so that a new rule finds the past.
create table customer.tag_facts (
  id          uuid        not null,
  kind        text        not null,
  ref         uuid        null,
  customer_id uuid        null,
  value       text        null,
  amount      numeric     null,
  valid_from  timestamptz not null,
  valid_to    timestamptz not null default 'infinity',
  deleted     boolean     not null default false,
  primary key (id, kind)
);
create index on customer.tag_facts (customer_id, kind);
create index on customer.tag_facts (ref) where ref is not null;

-- Which tag a customer has from when to when, given by hand or by a rule. Ends that lie in the future are known already, so that nothing must happen for a window to run out.
create table customer.tag_periods (
  customer_id uuid        not null,
  tag         text        not null,
  valid_from  timestamptz not null,
  valid_to    timestamptz not null,
  computed    boolean     not null,
  primary key (customer_id, tag, valid_from, computed)
);
create index on customer.tag_periods (tag, customer_id) include (valid_from, valid_to);

-- The value tier of every customer at every instant.
create table customer.tier_periods (
  customer_id   uuid        not null,
  valid_from    timestamptz not null,
  valid_to      timestamptz not null,
  tier          text        not null,
  computed_tier text        not null,
  manual        boolean     not null,
  primary key (customer_id, valid_from)
);
create index on customer.tier_periods (tier, customer_id) include (valid_from, valid_to);

-- The tags of a customer as they are called now: those set by hand in their order, then those that rules give.
create function customer.shown_tags(own jsonb, customer uuid, at timestamptz) returns jsonb stable language sql as $$
  select coalesce(jsonb_agg(y.tag order by y.place, y.tag), '[]') from (
    select x.tag, min(x.place) as place from (
      select coalesce(n.current, t.value) as tag, t.place from jsonb_array_elements_text(own) with ordinality t(value, place) left join customer.tag_names n on n.name = t.value
      union all
      select p.tag, 1000 from customer.tag_periods p where p.customer_id = customer and p.computed and p.valid_from <= at and p.valid_to > at) x group by x.tag) y
$$;
create function customer.computed_tags(customer uuid, at timestamptz) returns jsonb stable language sql as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', p.tag, 'since', p.valid_from, 'until', nullif(p.valid_to, 'infinity')) order by p.tag), '[]')
  from customer.tag_periods p where p.customer_id = customer and p.computed and p.valid_from <= at and p.valid_to > at
$$;

-- Groups of customers.
create table customer.segments (
  id uuid primary key, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, true_from timestamptz not null);
create index on customer.segments using gin (grams);
create table customer.segments_states (
  id uuid not null, version bigint not null, doc jsonb not null, search text not null, grams text[] not null,
  known_from timestamptz not null, known_to timestamptz not null, true_from timestamptz not null, true_to timestamptz not null,
  primary key (id, version));
create index on customer.segments_states (true_from, true_to);
create index on customer.segments_states (known_from, known_to);
-- What a list needs of a segment, with the events.
create table customer.segment_filters (
  segment_id uuid    primary key,
  filter     text    not null,
  frozen     boolean not null
);
create table customer.segment_members (
  segment_id  text not null,
  customer_id uuid not null,
  primary key (segment_id, customer_id)
);
