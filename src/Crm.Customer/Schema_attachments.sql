-- Attachments (S027): what is known of each, a row a version, so that past lists tell what was there under which name. From events only.
create table customer.attachments (
  id           uuid        not null,
  version      bigint      not null,
  customer_id  uuid        not null,
  content_id   uuid        not null,
  contact_id   uuid        null,
  size         bigint      not null,
  doc          jsonb       not null,
  effective_at timestamptz not null,
  recorded_at  timestamptz not null,
  effective_to timestamptz null,
  recorded_to  timestamptz null,
  -- When it was removed, of the last version of one that was.
  removed_at   timestamptz null,
  primary key (id, version));
create index on customer.attachments (customer_id, (doc->>'createdAt'), id);
create index on customer.attachments (content_id);

-- What was uploaded, once for each person: the rows of a content that is complete have a hash, the others are being received. From no event, so no projection may touch them.
create table customer.attachment_contents (
  id          uuid        primary key,
  customer_id uuid        not null,
  -- Whose key its parts are encrypted with: the customer, or one of its contacts.
  person_id   uuid        not null,
  created_by  text        not null,
  -- What was announced, encrypted, while it is being received.
  request     bytea       null,
  size        bigint      not null,
  received    bigint      not null default 0,
  type        text        null,
  -- Keyed hash of the content, not to be made without the store's key.
  hash        text        null,
  touched_at  timestamptz not null);
create unique index attachment_content_hash on customer.attachment_contents (person_id, hash) where hash is not null;
create index on customer.attachment_contents (customer_id);
create index on customer.attachment_contents (touched_at);

create table customer.attachment_parts (
  content_id uuid  not null references customer.attachment_contents (id) on delete cascade,
  number     int   not null,
  bytes      bytea not null,
  primary key (content_id, number));
-- Encrypted bytes do not shrink.
alter table customer.attachment_parts alter column bytes set storage external;

-- The fence of an attachment: it fails, and with it the event, unless its content is there and stays for a day at least, whatever is being cleaned up.
create function customer.keep_attachment_content(content uuid, at timestamptz) returns void language plpgsql as $$
begin
  update customer.attachment_contents c set touched_at = at where c.id = content and c.hash is not null;
  if not found then raise exception 'Content % is gone', content using errcode = 'CA001'; end if;
end $$;
