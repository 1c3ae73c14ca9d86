-- The roles, made by whoever may create roles; run at every start, before the migrations.
-- app_owner owns everything and logs in nowhere; the programs log in as app_user (api) and app_auth (auth), which own nothing.
do $$
declare
	r text;
begin
	foreach r in array array['app_owner', 'app_user', 'app_auth'] loop
		if not exists (select from pg_roles where rolname = r) then
			execute format('create role %I nologin', r); -- never superuser, never past row policies: the catalogue test looks
		end if;
	end loop;
end $$;
alter role app_owner with nologin nocreatedb nocreaterole;
alter role app_user with login nocreatedb nocreaterole noinherit connection limit 80;
alter role app_auth with login nocreatedb nocreaterole noinherit connection limit 40;

-- Applied one by one: a setting an operator may not change (log_statement without superuser) must not stop the rest.
do $$
declare
	r text;
	s text;
begin
	foreach r in array array['app_user', 'app_auth'] loop
		foreach s in array array[
			'search_path = app, pg_catalog', 'statement_timeout = ''5s''', 'lock_timeout = ''2s''',
			'idle_in_transaction_session_timeout = ''10s''', 'plan_cache_mode = force_generic_plan', 'jit = off',
			-- pages are walks over an index in its order; a bitmap would fetch and sort all of an owner's rows first
			'enable_bitmapscan = off', 'max_parallel_workers_per_gather = 0', 'timezone = ''UTC''',
			'log_statement = none', 'log_parameter_max_length_on_error = 0'] loop
			begin
				execute format('alter role %I set %s', r, s);
			exception when insufficient_privilege then
				raise notice 'role %: "%" needs a superuser and was left out', r, s;
			end;
		end loop;
	end loop;
	execute format('grant app_owner to %I', current_user);
	execute format('revoke all on database %I from public', current_database());
	execute format('grant connect on database %I to app_owner, app_user, app_auth', current_database());
end $$;
create schema if not exists app authorization app_owner;
revoke all on schema public from public;
revoke all on schema app from public;
grant usage on schema app to app_user, app_auth;
alter default privileges for role app_owner revoke execute on functions from public;
