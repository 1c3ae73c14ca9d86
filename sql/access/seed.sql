-- What an operator plants at start, as app_owner: the first admin, his one-time links, and the service keys of API_TOKENS.

create or replace function app.seed_admin(p_email text, p_hash text) returns uuid
language plpgsql volatile set search_path = pg_catalog, app as
$$
declare
	who uuid;
begin
	select principal_id into who from app.account where email = lower(p_email);
	if who is null then
		insert into app.principal (namespace_id, kind, role) select id, 'person', 'admin' from app.namespace where name = 'default' returning id into who;
		insert into app.account (principal_id, email, password_hash) values (who, lower(p_email), p_hash);
		perform app.audit_as(null, 'account.created', who, '{"by": "operator"}');
	elsif p_hash is not null then
		update app.account set password_hash = p_hash where principal_id = who and password_hash is null;
		perform app.audit_as(null, 'account.password_changed', who, '{"by": "operator"}') where found;
	end if;
	return who;
end
$$;

create or replace function app.login_link_new(p_email text, p_hash text) returns void
language sql volatile set search_path = pg_catalog, app as
$$
	with made as (
		insert into app.login_link (hash, principal_id, expires_at) select p_hash, app.seed_admin(p_email, null), now() + interval '1 hour' returning principal_id)
	select app.audit_as(null, 'link.issued', principal_id, '{"by": "operator"}') from made
$$;

-- True until an admin has signed in once.
create or replace function app.admin_is_new() returns boolean
language sql stable set search_path = pg_catalog, app as
$$
	select not exists (select from app.principal p join app.audit_event e on e.actor_id = p.id where p.role = 'admin' and e.event_type = 'auth.login')
$$;

create or replace function app.seed_token(p_name text, p_hash text) returns void
language plpgsql volatile set search_path = pg_catalog, app as
$$
declare
	who uuid;
	key uuid;
begin
	if not exists (select from app.api_key where hash = p_hash) then
		insert into app.machine (kind, namespace_id, name, role) select 'service', id, p_name, 'pro' from app.namespace where name = 'default' returning principal_id into who;
		insert into app.api_key (principal_id, name, type, hash) values (who, p_name, 'service', p_hash) returning id into key;
	else
		update app.api_key set revoked_at = null where hash = p_hash and revoked_at is not null returning id into key;
	end if;
	perform app.audit_as(null, 'key.issued', key, '{"by": "operator"}') where key is not null;
end
$$;

-- Keys planted earlier and not listed any more stop working.
create or replace function app.seed_tokens_keep(p_hashes text[]) returns bigint
language sql volatile set search_path = pg_catalog, app as
$$
	with gone as (
		update app.api_key k set revoked_at = now()
		where k.revoked_at is null and k.name like 'API_TOKENS %' and not k.hash = any (p_hashes) returning id)
	select count(*) from gone where app.audit_as(null, 'key.revoked', id, '{"by": "operator"}')
$$;

revoke all on function app.seed_admin(text, text), app.login_link_new(text, text), app.admin_is_new(), app.seed_token(text, text),
	app.seed_tokens_keep(text[]) from public;
