-- Becoming somebody: only while session or key, principal and role are what they are said to be, and never longer than the transaction.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
select is((select count(*) from tap.who w where enter_session(w.session, w.id, w.role) = w.namespace), 4::bigint, 'each enters with his own session, and is told his namespace');

create function pg_temp.session(p_session text, p_principal text, p_role text) returns text language plpgsql as
$$
begin
	perform tap.nobody();
	if enter_session((select session from tap.who where name = p_session), tap.id(p_principal), p_role) is not null then
		return current_setting('app.actor') || ' ' || current_setting('app.namespace') || ' ' || current_setting('app.role');
	end if;
	return coalesce(current_setting('app.actor', true), '') || coalesce(current_setting('app.namespace', true), '') || coalesce(current_setting('app.role', true), '');
end
$$;
create function pg_temp.key(p_name text, p_role text, p_scopes text) returns text language plpgsql as
$$
begin
	perform tap.nobody();
	if enter_key(encode(sha256(p_name::bytea), 'hex'), p_role, p_scopes) is not null then
		return current_setting('app.actor');
	end if;
	return coalesce(current_setting('app.actor', true), '');
end
$$;
grant execute on function pg_temp.session(text, text, text), pg_temp.key(text, text, text) to public;

set local session authorization app_user;
select is(pg_temp.session('ada', 'ada', 'beginner'), (select id || ' ' || namespace || ' beginner' from tap.who where name = 'ada'), 'a living session sets actor, namespace and role');
select is(pg_temp.session('bob', 'ada', 'beginner'), '', 'somebody else''s session sets nothing');
select is(pg_temp.session('ada', 'ada', 'admin'), '', 'another role than his sets nothing');
select is(pg_temp.session('ada', 'nobody', 'beginner'), '', 'no principal, nothing');
select is(enter_session(null, null, null), null, 'and no session');
select is(pg_temp.key('ada', 'beginner', 'quest:read'), tap.id('ada')::text, 'a living key sets the actor');
select is(pg_temp.key('ada', 'beginner', ''), '', 'other scopes than its own set nothing');
select is(pg_temp.key('ada', 'admin', 'quest:read'), '', 'nor another role');
select is(pg_temp.key('nobody', 'beginner', 'quest:read'), '', 'nor a key that is not there');
select is((select scopes from key_find(encode(sha256('ada'), 'hex'))), 'quest:read', 'a key is found by its hash');
select is_empty($$select * from key_find('')$$, 'and by nothing else');

-- Revoked, ended, disabled: dead at once.
reset session authorization;
update app.session set revoked_at = now() where id = (select session from tap.who where name = 'ada');
update app.session set ends_at = now() where id = (select session from tap.who where name = 'bob');
update app.principal set disabled_at = now() where id = tap.id('eve');
update app.api_key set revoked_at = now() where principal_id = tap.id('ada');
update app.api_key set expires_at = now() where principal_id = tap.id('bob');
update app.principal set role = 'beginner' where id = tap.id('root');
set local session authorization app_user;
select is(pg_temp.session('ada', 'ada', 'beginner'), '', 'a revoked session is dead');
select is(pg_temp.session('bob', 'bob', 'beginner'), '', 'an ended one too');
select is(pg_temp.session('eve', 'eve', 'beginner'), '', 'and that of somebody who was disabled');
select is(pg_temp.session('root', 'root', 'admin'), '', 'and one whose role was taken away');
select is(pg_temp.key('ada', 'beginner', 'quest:read'), '', 'a revoked key is dead');
select is(pg_temp.key('bob', 'beginner', 'quest:read'), '', 'an expired one too');
select is(pg_temp.key('eve', 'beginner', 'quest:read'), '', 'and that of somebody who was disabled');
select is_empty($$select * from key_find(encode(sha256('ada'), 'hex')) union all select * from key_find(encode(sha256('eve'), 'hex'))$$, 'and none of them is found');
select * from finish();
rollback;
