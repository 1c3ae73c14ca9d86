-- What the TAP files share: people with sessions and quests, ways to become one of them, and the programs' statements.
grant usage on schema tap to public;
grant execute on all functions in schema tap to public;

create table tap.statement (name text primary key, text text not null, programs text not null, params text not null);
\copy tap.statement from 'statements.tsv'
grant select on tap.statement to public;

-- Who the programs are.
create function tap.logins() returns oid[] language sql stable as
$$ select array_agg(oid) from pg_roles where rolname ~ '^app_' and rolcanlogin $$;

-- A namespace with ada, bob and the admin; another with eve.
create table tap.who (name text primary key, id uuid not null, session uuid not null, namespace uuid not null, role text not null);
grant select on tap.who to public;
insert into app.namespace (id, name) values ('00000000-0000-7000-8000-00000000000b', 'other');
insert into tap.who
select name, ('00000000-0000-7000-8000-0000000001' || n)::uuid, ('00000000-0000-7000-8000-0000000002' || n)::uuid,
	(select id from app.namespace where app.namespace.name = space), role
from (values ('ada', '01', 'default', 'beginner'), ('bob', '02', 'default', 'beginner'), ('eve', '03', 'other', 'beginner'),
	('root', '04', 'default', 'admin')) as v (name, n, space, role);
insert into app.principal (id, namespace_id, kind, role) select id, namespace, 'person', role from tap.who;
insert into app.account (principal_id, email, password_hash) select id, name || '@example.org', 'hash of ' || name from tap.who;
insert into app.session (id, principal_id) select session, id from tap.who;
insert into app.api_key (principal_id, name, hash, scopes) select id, 'key of ' || name, encode(sha256(name::bytea), 'hex'), '{quest:read}' from tap.who;

-- Each has a private and a public quest.
insert into app.quest (id, namespace_id, owner_id, title, visibility)
select ('00000000-0000-7000-8000-00000000' || case v when 'private' then '1' else '2' end || right(w.id::text, 3))::uuid, w.namespace, w.id, w.name || ' ' || v, v
from tap.who w, (values ('private'), ('public')) as x (v);

create function tap.quest(p_name text, p_visibility text) returns uuid language sql stable as
$$ select id from app.quest where title = p_name || ' ' || p_visibility $$;

-- The id as text, for statements put together by tests; asked for before becoming somebody who may not see it.
create function tap.id(p_name text) returns uuid language sql stable as $$ select id from tap.who where name = p_name $$;

-- Becomes somebody for the rest of the transaction, the way a worker does.
create function tap.become(p_name text) returns void language plpgsql as
$$
declare
	w tap.who;
begin
	select * into strict w from tap.who where name = p_name;
	if app.enter_session(w.session, w.id, w.role) is null then
		raise exception '% cannot enter', p_name;
	end if;
end
$$;

create function tap.nobody() returns void language sql as
$$ select set_config('app.actor', '', true), set_config('app.namespace', '', true), set_config('app.role', '', true), set_config('app.public_read', '', true),
	set_config('app.key', '', true), set_config('app.scopes', '', true) $$;

-- Titles that are seen now, in order.
create function tap.seen() returns text language sql stable as
$$ select coalesce(string_agg(title, ', ' order by title), '') from app.quest where title !~ '^quest ' $$;

-- How many rows a statement touched.
create function tap.touched(p_sql text) returns bigint language plpgsql as
$$
declare
	n bigint;
begin
	execute p_sql;
	get diagnostics n = row_count;
	return n;
end
$$;

-- Nodes of a plan that grow with the table: full scans, and sorts or aggregates with no limit between them and a scan of a table.
create function tap.growing(p_plan jsonb) returns setof text language plpgsql as
$$
declare
	kind text := p_plan ->> 'Node Type';
	child jsonb;
begin
	if kind = 'Seq Scan' and p_plan ->> 'Relation Name' not in ('switch') then
		return next kind || ' on ' || (p_plan ->> 'Relation Name');
	end if;
	if kind in ('Sort', 'Incremental Sort', 'Bitmap Heap Scan', 'Materialize') and tap.unbounded(p_plan) then
		return next kind || ' over all';
	end if;
	for child in select * from jsonb_array_elements(coalesce(p_plan -> 'Plans', '[]')) loop
		return query select * from tap.growing(child);
	end loop;
end
$$;

create function tap.unbounded(p_plan jsonb) returns boolean language sql as
$$
	select case
		when p_plan ->> 'Node Type' = 'Limit' then false
		when p_plan ? 'Relation Name' then p_plan ->> 'Relation Name' = 'quest'
		else exists (select from jsonb_array_elements(coalesce(p_plan -> 'Plans', '[]')) c where tap.unbounded(c)) end
$$;

-- Index scans that filter by id instead of starting there: a page costs as much as all pages before it.
create function tap.late(p_plan jsonb) returns setof text language plpgsql as
$$
declare
	child jsonb;
begin
	if p_plan ->> 'Relation Name' = 'quest' and p_plan ->> 'Filter' ~ '[( ]id < ' then
		return next p_plan ->> 'Node Type' || ' filters by id';
	end if;
	for child in select * from jsonb_array_elements(coalesce(p_plan -> 'Plans', '[]')) loop
		return query select * from tap.late(child);
	end loop;
end
$$;

-- Pages of the table and its indexes that running a prepared statement touches.
create function tap.touches(p_execute text) returns bigint language plpgsql as
$$
declare
	plan json;
begin
	execute 'explain (analyze, buffers, format json) execute ' || p_execute into plan;
	return (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
end
$$;

-- "quest_list(null, '20')" from its name and {"limit": 20}; what is not named is null.
create function tap.call(p_name text, p_args jsonb) returns text language plpgsql as
$$
declare
	params text[] := (select string_to_array(params, ' ') from tap.statement where name = p_name);
	stray text := (select string_agg(k, ', ') from jsonb_object_keys(p_args) k where not k = any (params));
begin
	if params is null or stray is not null then
		raise exception '% has no parameter %', p_name, stray;
	end if;
	return format('%I', p_name) || case when params = '{}' then '' else
		'(' || (select string_agg(quote_nullable(p_args ->> p), ', ' order by n) from unnest(params) with ordinality u (p, n)) || ')' end;
end
$$;

-- What the role's own connections are set to.
create function tap.settings_of(p_role text) returns void language sql as
$$ select count(set_config(split_part(c, '=', 1), substr(c, strpos(c, '=') + 1), true)) from pg_roles, unnest(rolconfig) c where rolname = p_role $$;

-- The plan of a prepared statement, as JSON.
create function tap.plan_of(p_execute text) returns jsonb language plpgsql as
$$
declare
	plan json;
begin
	execute 'explain (format json) execute ' || p_execute into plan;
	return (plan -> 0 -> 'Plan')::jsonb;
end
$$;
