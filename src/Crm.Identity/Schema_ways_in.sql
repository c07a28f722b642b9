-- By which accounts outside people sign in. The login is a hash of issuer and subject; the constraints carry the codes of the refusals.
create table identity.external_logins (
  login     text        not null constraint external_login_taken primary key,
  user_id   uuid        not null,
  provider  text        not null,
  linked_at timestamptz not null,
  constraint external_provider_taken unique (user_id, provider)
);

-- The provider by which somebody came; null for a password.
alter table identity.sessions add column way text null;
alter table identity.sign_ins add column way text null;
