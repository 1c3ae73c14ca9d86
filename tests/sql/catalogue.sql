-- What the catalogue must say, whatever is added: row level security everywhere, nothing that goes around it, and roles that own nothing.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

select is_empty($$
	select c.oid::regclass from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
$$, 'every table, partitions too, has row level security enabled and forced');

select is_empty($$
	select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname not in ('app', 'pg_catalog', 'information_schema', 'pg_toast', 'tap') and n.nspname !~ '^pg_(toast_)?temp_'
$$, 'no table, view or sequence stands outside the schema app');

select is_empty($$
	select c.oid::regclass from pg_class c where c.relnamespace = 'app'::regnamespace
	and (c.relkind = 'm' or (c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions) or 'security_invoker=on' = any (c.reloptions), false)))
$$, 'no view without security_invoker, no materialised view');

select is_empty($$
	select rulename from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = 'app'::regnamespace and c.relkind <> 'v'
$$, 'no rules');

-- The reviewed list: whoever adds a function to it has read it.
select set_eq($$
	select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prosecdef
$$, array[
	'app.enter_session(uuid,uuid,text)', 'app.enter_key(text,text,text)', 'app.key_find(text)', 'app.session_open(uuid,text)', 'app.account_signup(text,text,text)',
	'app.account_find(text)', 'app.session_refresh(uuid,integer)', 'app.session_close(uuid)', 'app.link_redeem(text,bigint,text)',
	'app.password_of_actor()', 'app.password_change(text)', 'app.account_delete()', 'app.login_failed(uuid)', 'app.audit(text,uuid,jsonb)',
	'app.audit_as(uuid,text,uuid,jsonb)', 'app.enter_namespace(text)', 'app.managed()', 'app.namespaces_of_actor()', 'app.namespace_create(text,text)', 'app.quests_of_actor()',
	'app.principal_join()', 'app.principal_machines()', 'app.namespace_member_guard()', 'app.namespace_guard()', 'app.machine_begin()', 'app.machine_change()',
	'app.machine_end()',
	'app.audit_seal(bigint,text[],text[],text[],text)', 'app.audit_fault(text)',
	'app.audit_state()', 'app.namespace_find(text)', 'app.session_expire()', 'app.link_expire()', 'app.invite_expire()', 'app.key_expire()',
	'app.job_add(text,jsonb,timestamp with time zone,text)', 'app.job_claim(text[],integer[],integer[],text)', 'app.job_hold(uuid,bigint,integer)',
	'app.job_finish(uuid,bigint)', 'app.job_fail(uuid,bigint,text,bigint)', 'app.job_yield(uuid,bigint)', 'app.job_tick(text[],integer[])', 'app.job_depth()',
	'app.job_prune(bigint)', 'app.key_issue(text,text,text,text,text[],app.key_draft)', 'app.key_bootstrap(text,text[],app.key_draft)',
	'app.key_rotate(uuid,bigint,uuid,app.key_draft)', 'app.key_claim(app.key_draft)', 'app.key_rate_take(uuid,integer)', 'app.keys_rotate_due()',
	'app.factor_spend(app.second_factor,bigint,text)', 'app.factor_check(uuid,bigint,text)', 'app.factor_find(uuid)',
	'app.factor_of_link(text)', 'app.session_begin(uuid,text,bigint,text)', 'app.factor_state(uuid)', 'app.factor_begin(text)', 'app.recovery_put(text[])',
	'app.factor_confirm(bigint,text[])', 'app.recovery_renew(text[])', 'app.factor_remove(bigint,text)', 'app.session_prove(uuid,bigint,text)',
	'app.factor_suffices(timestamp with time zone,integer)', 'app.enter_session_proved(uuid,uuid,text,integer)', 'app.enter_key_proved(text,text,text,integer)',
	'app.webhook_test(uuid)', 'app.webhook_begin(uuid,uuid)', 'app.webhook_end(uuid,uuid,boolean,integer,text)', 'app.webhook_sweep()',
	'app.webhook_receive(text,text,timestamp with time zone,jsonb)'],
	'the functions that run as their owner are exactly the reviewed ones');

select is_empty($$
	select p.oid::regprocedure from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prosecdef
	and not coalesce('search_path=pg_catalog, app' = any (p.proconfig), false) and p.proname not in ('enter_session', 'enter_key')
$$, 'each of them sets its search_path, but the two that name the schema of everything instead');

select is_empty($$
	select p.oid::regprocedure from pg_proc p where p.pronamespace = 'app'::regnamespace
	and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))
$$, 'no function is for PUBLIC');

-- Who may call which: definer functions that change something are for app_auth alone, but those that make keys, which look at the actor themselves.
select set_eq($$
	select p.proname::text from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prosecdef and has_function_privilege('app_user', p.oid, 'execute')
$$, array['enter_session', 'enter_key', 'enter_session_proved', 'enter_key_proved', 'key_find', 'audit', 'audit_state', 'namespace_find', 'job_add',
	'enter_namespace', 'managed', 'namespaces_of_actor', 'namespace_create', 'quests_of_actor', 'webhook_test', 'webhook_receive', 'key_issue', 'key_bootstrap', 'key_rotate',
	'key_claim', 'key_rate_take'],
	'app_user becomes somebody, asks for what is his, makes a namespace, leaves a trace, asks for work, looks two things up, tries a webhook, takes in what is signed, makes and counts keys, and does nothing else as the owner');

select is_empty($$
	select p.proname from pg_proc p where p.pronamespace = 'app'::regnamespace and p.proname ~ '^(seed_|login_link_new|admin_is_new|key_make|key_follow|key_retire)'
	and exists (select from unnest(tap.logins()) r where has_function_privilege(r, p.oid, 'execute'))
$$, 'what an operator plants, no program can');

select is_empty($$
	select c.oid::regclass::text from pg_class c where c.relowner = any (tap.logins())
	union all select p.oid::regprocedure::text from pg_proc p where p.proowner = any (tap.logins())
	union all select n.oid::regnamespace::text from pg_namespace n where n.nspowner = any (tap.logins())
	union all select t.oid::regtype::text from pg_type t where t.typowner = any (tap.logins())
$$, 'the programs own nothing');

select is_empty($$
	select rolname from pg_roles where (oid = any (tap.logins()) or rolname = 'app_owner')
	and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication or (rolname <> 'app_owner' and rolinherit))
$$, 'no role of ours is above the rules');
select is((select rolcanlogin from pg_roles where rolname = 'app_owner'), false, 'nobody logs in as the owner');
select is_empty($$
	select m.roleid::regrole, m.member::regrole from pg_auth_members m where m.member = any (tap.logins()) or m.roleid = any (tap.logins())
$$, 'the programs are members of nothing, and nobody is one of them');
select is_empty($$
	select rolname from pg_roles where oid = any (tap.logins()) and (rolconnlimit not between 1 and 100
		or not ('statement_timeout=5s' = any (rolconfig) and 'lock_timeout=2s' = any (rolconfig) and 'idle_in_transaction_session_timeout=10s' = any (rolconfig)
			and 'log_statement=none' = any (rolconfig) and 'log_parameter_max_length_on_error=0' = any (rolconfig)))
$$, 'their statements, locks and connections are limited, their parameters not logged');

select is_empty($$
	select r, p from unnest(tap.logins()) r, unnest(array['CREATE', 'TEMP']) p where has_database_privilege(r, current_database(), p)
	union all select r, 'CREATE on ' || n.nspname from unnest(tap.logins()) r, pg_namespace n where has_schema_privilege(r, n.oid, 'CREATE') and n.nspname !~ '^pg_temp'
$$, 'the programs create nothing, not even temporary tables');

select is_empty($$
	select c.relname, a.grantee::regrole, a.privilege_type from pg_class c, aclexplode(c.relacl) a
	where c.relnamespace = 'app'::regnamespace and a.grantee <> c.relowner and (a.grantee = 0 or a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER') or a.is_grantable)
$$, 'no TRUNCATE, REFERENCES, TRIGGER, nothing for PUBLIC, nothing to hand on');

select set_eq($$
	select c.relname || ' ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'app'::regnamespace and not t.tgisinternal
$$, array['principal principal_join', 'principal principal_machines', 'machine machine_begin', 'machine machine_change', 'machine machine_end',
	'namespace namespace_guard', 'namespace_member namespace_member_guard'], 'the triggers are exactly the reviewed ones');

select is((select count(*) from pg_default_acl d where d.defaclrole = 'app_owner'::regrole and d.defaclobjtype = 'f'
	and not exists (select from aclexplode(d.defaclacl) a where a.grantee = 0)), 1::bigint, 'functions to come are not for PUBLIC either');
select is_empty($$
	select d.defaclobjtype from pg_default_acl d, aclexplode(d.defaclacl) a where a.grantee = any (tap.logins() || 0::oid)
$$, 'nothing is granted in advance');

-- A right without a policy sees nothing, and a policy without a right is a wish: both are mistakes.
select is_empty($$
	with granted as (
		select c.oid, a.grantee, a.privilege_type as p from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'app'::regnamespace and c.relkind <> 'v' and a.grantee = any (tap.logins())
		union select c.oid, a.grantee, a.privilege_type from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
			where c.relnamespace = 'app'::regnamespace and a.grantee = any (tap.logins())),
	ruled as (
		select p.polrelid as oid, r as grantee, x.p from pg_policy p, unnest(p.polroles) r,
			lateral unnest(case p.polcmd when 'r' then array['SELECT'] when 'a' then array['INSERT'] when 'w' then array['UPDATE'] when 'd' then array['DELETE']
				else array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] end) x (p) where r = any (tap.logins()))
	(select 'no policy', oid::regclass, grantee::regrole, p from granted except select 'no policy', oid::regclass, grantee::regrole, p from ruled)
	union all
	(select 'no grant', oid::regclass, grantee::regrole, p from ruled except select 'no grant', oid::regclass, grantee::regrole, p from granted)
$$, 'policies and grants match, command by command');

select is_empty($$
	select p.polrelid::regclass, p.polname from pg_policy p where 0 = any (p.polroles) or (p.polcmd = '*' and p.polroles <> array['app_owner'::regrole::oid])
$$, 'no policy is for PUBLIC, and none for all commands at once but the owner''s');
select is_empty($$
	select p.polrelid::regclass, p.polname from pg_policy p where p.polcmd = 'w' and (p.polqual is null or p.polwithcheck is null)
$$, 'each policy of UPDATE says what may be changed and what it may become');
select is_empty($$
	select p.polrelid::regclass, p.polname from pg_policy p, lateral (values (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))) e (x)
	where x ~ 'current_setting' or (p.polcmd <> 'r' and p.polroles <> array['app_owner'::regrole::oid] and x = 'true')
$$, 'policies ask the actor through one function, and none lets everybody write');
select is_empty($$
	select p.polrelid::regclass, p.polname from pg_policy p join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'owner_id',
		lateral (values (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))) e (x)
	where p.polcmd in ('a', 'w', 'd') and x is not null and x !~ 'owner_id = .*actor(_with)?\('
$$, 'whoever writes to what has an owner is that owner');

select is_empty($$
	select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
	where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and a.attname in ('id', 'owner_id', 'namespace_id', 'principal_id', 'created_at', 'role')
	and exists (select from unnest(tap.logins()) r where has_column_privilege(r, c.oid, a.attnum, 'UPDATE'))
	and (c.relname, a.attname) not in (('principal', 'role'), ('namespace_member', 'role'), ('machine', 'role')) -- by whoever answers for others: see access_*.sql
$$, 'owners, namespaces, ids and roles cannot be updated by any program');
select is_empty($$
	select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
	where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and a.attname in ('owner_id', 'namespace_id', 'id')
	and exists (select from unnest(tap.logins()) r where has_column_privilege(r, c.oid, a.attnum, 'INSERT'))
	-- webhook.id: by the program, which seals the secret under it; the others: of one that the actor manages; of services, by an admin
	and (c.relname, a.attname) not in (('webhook', 'id'), ('namespace_member', 'namespace_id'), ('machine', 'namespace_id'))
$$, 'nor be chosen by whoever inserts');

select is_empty($$
	select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)
	where c.relnamespace = 'app'::regnamespace and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = k.conkey[1])
	and c.relname || '.' || a.attname not in ('switch.changed_by', 'quest.namespace_id')
$$, 'each foreign key has an index, so that deleting a principal reads no table through');

select is((select setting from pg_settings where name = 'row_security'), 'on', 'row security is on');
select * from finish();
rollback;
