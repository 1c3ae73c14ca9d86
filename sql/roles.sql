-- The roles, made by whoever may create roles; run at every start, before the migrations.
-- app_owner owns everything and logs in nowhere; each program logs in as a role of its own, which owns nothing: a row below.
do $$
declare
	r record;
	s text;
begin
	if not exists (select from pg_roles where rolname = 'app_owner') then
		create role app_owner nologin; -- never superuser, never past row policies: the catalogue test looks
	end if;
	alter role app_owner with nologin nocreatedb nocreaterole;
	create schema if not exists app authorization app_owner;
	revoke all on schema public, app from public;
	execute format('grant app_owner to %I', current_user);
	execute format('revoke all on database %I from public', current_database());
	execute format('grant connect on database %I to app_owner', current_database());
	for r in select * from (values ('app_user', 80), ('app_auth', 40), ('app_audit', 10), ('app_job', 40)) as login (name, connections) loop
		if not exists (select from pg_roles where rolname = r.name) then
			execute format('create role %I nologin', r.name);
		end if;
		execute format('alter role %I with login nocreatedb nocreaterole noinherit connection limit %s', r.name, r.connections);
		execute format('grant connect on database %I to %I', current_database(), r.name);
		execute format('grant usage on schema app to %I', r.name);
		-- Applied one by one: a setting an operator may not change (log_statement without superuser) must not stop the rest.
		foreach s in array array[
			'search_path = app, pg_catalog', 'statement_timeout = ''5s''', 'lock_timeout = ''2s''',
			'idle_in_transaction_session_timeout = ''10s''', 'plan_cache_mode = force_generic_plan', 'jit = off',
			-- pages are walks over an index in its order; a bitmap would fetch and sort all of an owner's rows first
			'enable_bitmapscan = off', 'max_parallel_workers_per_gather = 0', 'timezone = ''UTC''',
			'log_statement = none', 'log_parameter_max_length_on_error = 0'] loop
			begin
				execute format('alter role %I set %s', r.name, s);
			exception when insufficient_privilege then
				raise notice 'role %: "%" needs a superuser and was left out', r.name, s;
			end;
		end loop;
	end loop;
end $$;
alter default privileges for role app_owner revoke execute on functions from public;
