-- Building a projection beside the one that serves, and the switch.

-- In which version each inline projection was built; the position of an asynchronous one carries its version in its name.
create table daemon.projections (name text primary key, version int not null);

create table daemon.rebuilds (
  projection      text        primary key,
  version         int         not null,
  state           text        not null check (state in ('loading', 'catchingUp', 'switching', 'cancelled', 'failed', 'done')),
  -- Who works on it: each of his transactions checks it, so that one who was replaced writes nothing more.
  runner          uuid        null,
  -- What is loaded goes up to here; what came later is caught up with.
  mark            bigint      not null default 0,
  -- Where the load stands: after this stream, or after this sequence number.
  stream_cursor   uuid        null,
  sequence_cursor bigint      not null default 0,
  done            bigint      not null default 0,
  total           bigint      not null default 0,
  rate            double precision not null default 0,
  started_at      timestamptz not null default now(),
  started_by      text        not null,
  reason          text        not null,
  error           text        null,
  failed_sequence bigint      null,
  finished_at     timestamptz null,
  -- Whether tables are left that nobody needs.
  left_over       boolean     not null default false);

create function daemon.request_rebuild(in_projection text, in_version int, in_by text, in_reason text) returns void language plpgsql as $$
begin
  insert into daemon.rebuilds as r (projection, version, state, started_by, reason) values (in_projection, in_version, 'loading', in_by, in_reason)
  on conflict (projection) do update set version = excluded.version, state = 'loading', runner = null, mark = 0, stream_cursor = null, sequence_cursor = 0, done = 0, total = 0,
    rate = 0, started_at = now(), started_by = excluded.started_by, reason = excluded.reason, error = null, failed_sequence = null, finished_at = null, left_over = false
  where r.version <> excluded.version or r.state in ('cancelled', 'failed', 'done');
  if not found then raise exception 'Projection % is being rebuilt', in_projection using errcode = 'unique_violation', constraint = 'rebuild_running'; end if;
end $$;

create function daemon.drop_beside(tables text[]) returns void language plpgsql as $$
declare t text;
begin
  foreach t in array tables loop execute format('drop table if exists %s__next', t); end loop;
end $$;

-- Empty tables of the same columns; of the indexes only those that statements may rely on: keys.
create function daemon.make_beside(tables text[], keys boolean) returns void language plpgsql as $$
declare t text; options text;
begin
  perform daemon.drop_beside(tables);
  foreach t in array tables loop
    execute format('create table %1$s__next (like %1$s including defaults including constraints including generated including identity including storage including compression including comments)', t);
    select string_agg(o, ', ') into options from pg_class c, unnest(c.reloptions) o where c.oid = t::regclass;
    if options is not null then execute format('alter table %s__next set (%s)', t, options); end if;
  end loop;
  if keys then perform daemon.index_beside(tables, true); end if;
end $$;

-- The indexes, constraints and statistics of the tables that serve, under names by which the switch finds them again. What is there stays.
create function daemon.index_beside(tables text[], keys_only boolean) returns void language plpgsql as $$
declare t text; i record; def text;
begin
  foreach t in array tables loop
    for i in
      select x.indexrelid as oid, x.indisunique, n.nspname, k.oid as key
      from pg_index x join pg_class c on c.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace
      left join pg_constraint k on k.conindid = x.indexrelid and k.conrelid = x.indrelid and k.contype in ('p', 'u', 'x')
      where x.indrelid = t::regclass and x.indisvalid and (k.oid is not null or not keys_only) order by x.indexrelid
    loop
      continue when to_regclass(format('%I.next_%s', i.nspname, i.oid)) is not null;
      if i.key is not null then
        execute format('alter table %s__next add constraint next_%s %s', t, i.oid, pg_get_constraintdef(i.key));
      else
        def := pg_get_indexdef(i.oid);
        execute format('create %s index next_%s on %s__next using %s', case when i.indisunique then 'unique' else '' end, i.oid, t, substr(def, strpos(def, ' USING ') + 7));
      end if;
    end loop;
    if not keys_only then
      for i in select s.oid, n.nspname from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid = t::regclass order by s.oid loop
        continue when exists (select from pg_statistic_ext s where s.stxrelid = (t || '__next')::regclass and s.stxname = format('next_%s', i.oid));
        def := regexp_replace(pg_get_statisticsobjdef(i.oid), '^CREATE STATISTICS \S+', format('create statistics %I.next_%s', i.nspname, i.oid));
        execute regexp_replace(def, ' FROM \S+$', format(' from %s__next', t));
      end loop;
    end if;
  end loop;
end $$;

-- Puts the tables in the place of those that serve, within the caller's transaction: names of tables, indexes, constraints and statistics, foreign
-- keys in both directions and rights are afterwards what they were.
create function daemon.switch_beside(tables text[]) returns void language plpgsql as $$
declare t text; statement text; oids oid[]; cut text[]; mend text[]; renames text[] := '{}'; grants text[];
begin
  perform daemon.index_beside(tables, false);
  oids := array(select u::regclass::oid from unnest(tables) u);
  foreach t in array tables loop execute format('lock table %s in access exclusive mode', t); end loop;
  select array_agg(format('alter table %s drop constraint %I', conrelid::regclass, conname)),
         array_agg(format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) order by oid)
    into cut, mend from pg_constraint where contype = 'f' and (conrelid = any(oids) or confrelid = any(oids));
  select array_agg(format('grant %s on %s to %s', a.privilege_type, c.oid::regclass, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end))
    into grants from pg_class c, aclexplode(c.relacl) a where c.oid = any(oids) and a.grantee <> c.relowner;
  foreach statement in array coalesce(cut, '{}') loop execute statement; end loop;
  foreach t in array tables loop
    renames := renames
      || array(select format('alter index %I.next_%s rename to %I', n.nspname, x.indexrelid, c.relname)
               from pg_index x join pg_class c on c.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace where x.indrelid = t::regclass and x.indisvalid)
      || array(select format('alter statistics %I.next_%s rename to %I', n.nspname, s.oid, s.stxname)
               from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid = t::regclass);
  end loop;
  foreach t in array tables loop
    execute format('drop table %s', t);
    execute format('alter table %s__next rename to %s', t, split_part(t, '.', 2));
  end loop;
  foreach statement in array renames || coalesce(mend, '{}') || coalesce(grants, '{}') loop execute statement; end loop;
end $$;
