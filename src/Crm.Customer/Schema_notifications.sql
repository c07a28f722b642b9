-- What people are told of, once each: the occasion is the identity. No projection and nothing personal: ids, from which names are read when somebody looks.
create table customer.notifications (
  id         uuid        primary key default gen_random_uuid(),
  user_id    uuid        not null,
  occasion   text        not null,
  doc        jsonb       not null,
  created_at timestamptz not null,
  read_at    timestamptz null,
  unique (user_id, occasion)
);
create index on customer.notifications (user_id, created_at, id);
create index on customer.notifications (user_id) where read_at is null;
create index on customer.notifications (created_at);

-- Of which kinds people want a mail; from events. Whoever never chose gets all of them.
create table customer.notification_preferences (user_id uuid primary key, mail text[] not null);
