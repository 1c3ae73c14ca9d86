-- Second factors. No program reads or writes the tables: what can be done with them are the functions below. A code is worked out by the auth
-- program, which has the key of the secrets; whether it may still be used is decided here, under the lock of the row.

-- Spends a code of one factor: 'good', 'wrong', or 'locked' after ten wrong ones in a quarter of an hour, however many come at once.
create or replace function app.factor_spend(p_factor app.second_factor, p_step bigint, p_recovery text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	if p_factor.wrong >= 10 and p_factor.wrong_since > clock_timestamp() - interval '15 minutes' then
		return 'locked';
	end if;
	if p_step > p_factor.last_step then
		update app.second_factor set last_step = p_step where principal_id = p_factor.principal_id;
		return 'good';
	end if;
	update app.recovery_code set used_at = clock_timestamp() where principal_id = p_factor.principal_id and hash = p_recovery and used_at is null;
	if found then
		perform app.audit_as(p_factor.principal_id, 'factor.recovery_used', p_factor.principal_id);
		return 'good';
	end if;
	update app.second_factor set
		wrong = case when wrong_since > clock_timestamp() - interval '15 minutes' then wrong + 1 else 1 end,
		wrong_since = case when wrong_since > clock_timestamp() - interval '15 minutes' then wrong_since else clock_timestamp() end
	where principal_id = p_factor.principal_id;
	perform app.audit_as(p_factor.principal_id, 'factor.refused', p_factor.principal_id);
	return 'wrong';
end
$$;

-- The same for whoever has one that counts; 'none' for others, 'needed' when nothing was shown.
create or replace function app.factor_check(p_principal uuid, p_step bigint, p_recovery text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	f app.second_factor;
begin
	select * into f from app.second_factor where principal_id = p_principal and confirmed_at is not null for update;
	return case when f.principal_id is null then 'none' when p_step is null and p_recovery is null then 'needed'
		else app.factor_spend(f, p_step, p_recovery) end;
end
$$;

-- What the auth program works a code out of.
create or replace function app.factor_find(p_principal uuid) returns table (principal_id uuid, secret text)
language sql stable security definer set search_path = pg_catalog, app as
$$ select principal_id, secret from app.second_factor where principal_id = p_principal $$;

create or replace function app.factor_of_link(p_hash text) returns table (principal_id uuid, secret text)
language sql stable security definer set search_path = pg_catalog, app as
$$
	select f.principal_id, f.secret from app.login_link l join app.second_factor f on f.principal_id = l.principal_id
	where l.hash = p_hash and l.used_at is null and l.expires_at > now()
$$;

-- Signing in: one row with the verdict, and the new session where it is 'good' or 'none'.
do $$
begin
	if to_regtype('app.sign_in') is null then
		create type app.sign_in as (session_id uuid, principal_id uuid, role text, generation integer, email text, verdict text);
	end if;
end $$;

create or replace function app.session_begin(p_principal uuid, p_how text, p_step bigint, p_recovery text) returns setof app.sign_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	verdict text := app.factor_check(p_principal, p_step, p_recovery);
begin
	if verdict in ('good', 'none') then
		return query select s.session_id, s.principal_id, s.role, s.generation, s.email, verdict from app.session_open(p_principal, p_how) s;
	else
		return next (null, p_principal, null, null, null, verdict)::app.sign_in;
	end if;
end
$$;

-- A link is used up only by signing in.
drop function if exists app.link_redeem(text);
create or replace function app.link_redeem(p_hash text, p_step bigint, p_recovery text) returns setof app.sign_in
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	who uuid;
	signed app.sign_in;
begin
	select principal_id into who from app.login_link where hash = p_hash and used_at is null and expires_at > now() for update;
	if not found then
		return;
	end if;
	select * into signed from app.session_begin(who, 'link', p_step, p_recovery);
	if signed.session_id is not null then
		update app.login_link set used_at = now() where hash = p_hash;
	end if;
	return next signed;
end
$$;

-- What the actor has, and until when his session counts as proved.
create or replace function app.factor_state(p_session uuid) returns table (enabled boolean, enabled_at timestamptz, recovery_codes integer, proved_until timestamptz)
language sql stable security definer set search_path = pg_catalog, app as
$$
	select f.confirmed_at is not null, f.confirmed_at,
		(select count(*)::integer from app.recovery_code c where c.principal_id = p.id and c.used_at is null),
		(select s.proved_at + interval '10 minutes' from app.session s where s.id = p_session and s.principal_id = p.id and s.proved_at > now() - interval '10 minutes')
	from app.principal p left join app.second_factor f on f.principal_id = p.id where p.id = app.actor()
$$;

-- A secret to be confirmed, in place of an earlier one that never was. No row: there is a factor that counts.
create or replace function app.factor_begin(p_secret text) returns setof uuid
language sql volatile security definer set search_path = pg_catalog, app as
$$
	with begun as (
		insert into app.second_factor (principal_id, secret) values (app.actor(), p_secret)
		on conflict (principal_id) do update set secret = p_secret, last_step = 0 where second_factor.confirmed_at is null
		returning principal_id)
	select principal_id from begun where app.audit('factor.begun', principal_id)
$$;

create or replace function app.recovery_put(p_hashes text[]) returns void
language sql volatile security definer set search_path = pg_catalog, app as
$$
	delete from app.recovery_code where principal_id = app.actor();
	insert into app.recovery_code (principal_id, hash) select app.actor(), unnest(p_hashes)
$$;

create or replace function app.factor_confirm(p_step bigint, p_hashes text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	f app.second_factor;
	verdict text;
begin
	select * into f from app.second_factor where principal_id = app.actor() and confirmed_at is null for update;
	if f.principal_id is null then
		return 'none';
	end if;
	verdict := app.factor_spend(f, p_step, null);
	if verdict = 'good' then
		update app.second_factor set confirmed_at = clock_timestamp() where principal_id = f.principal_id;
		perform app.recovery_put(p_hashes), app.audit('factor.added', f.principal_id);
	end if;
	return verdict;
end
$$;

-- New recovery codes in place of all earlier ones. No row: there is no factor.
create or replace function app.recovery_renew(p_hashes text[]) returns setof uuid
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	perform from app.second_factor where principal_id = app.actor() and confirmed_at is not null for update;
	if found then
		perform app.recovery_put(p_hashes), app.audit('factor.recovery_renewed', app.actor());
		return next app.actor();
	end if;
end
$$;

create or replace function app.factor_remove(p_step bigint, p_recovery text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	verdict text := app.factor_check(app.actor(), p_step, p_recovery);
begin
	if verdict = 'good' then
		delete from app.second_factor where principal_id = app.actor();
		perform app.audit('factor.removed', app.actor());
	end if;
	return verdict;
end
$$;

-- Asked again in the middle of a session: it counts as proved for ten minutes.
create or replace function app.session_prove(p_session uuid, p_step bigint, p_recovery text) returns table (verdict text, proved_until timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	verdict := app.factor_check(app.actor(), p_step, p_recovery);
	if verdict = 'good' then
		update app.session set proved_at = clock_timestamp() where id = p_session and principal_id = app.actor()
		returning proved_at + interval '10 minutes' into proved_until;
		perform app.audit('auth.stepped_up', p_session);
	end if;
	return next;
end
$$;

-- Whether the actor may do what asks for a second factor. p_asks: 1, who has one must have shown it in the last ten minutes; 2, an admin must have one.
create or replace function app.factor_suffices(p_proved timestamptz, p_asks integer) returns void
language plpgsql stable security definer set search_path = pg_catalog, app as
$$
declare
	has boolean := exists (select from app.second_factor where principal_id = app.actor() and confirmed_at is not null);
begin
	if has and p_asks & 1 <> 0 and (p_proved is null or p_proved < now() - interval '10 minutes') then
		raise exception 'the second factor is asked for again' using errcode = 'LA403';
	elsif not has and p_asks & 2 <> 0 and app.actor_role() = 'admin' and exists (select from app.account where principal_id = app.actor()) then
		raise exception 'an admin without a second factor' using errcode = 'LA412';
	end if;
end
$$;

-- As app.enter_session and app.enter_key, for routes that ask. A key shows nothing: nobody is there to be asked.
create or replace function app.enter_session_proved(p_session uuid, p_principal uuid, p_role text, p_asks integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	entered uuid := app.enter_session(p_session, p_principal, p_role);
begin
	if entered is not null then
		perform app.factor_suffices((select proved_at from app.session where id = p_session), p_asks);
	end if;
	return entered;
end
$$;

create or replace function app.enter_key_proved(p_hash text, p_role text, p_scopes text, p_asks integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	entered uuid := app.enter_key(p_hash, p_role, p_scopes);
begin
	if entered is not null then
		perform app.factor_suffices(null, p_asks);
	end if;
	return entered;
end
$$;

revoke all on function app.factor_spend(app.second_factor, bigint, text), app.factor_check(uuid, bigint, text), app.factor_find(uuid), app.factor_of_link(text),
	app.session_begin(uuid, text, bigint, text), app.link_redeem(text, bigint, text), app.factor_state(uuid), app.factor_begin(text), app.recovery_put(text[]),
	app.factor_confirm(bigint, text[]), app.recovery_renew(text[]), app.factor_remove(bigint, text), app.session_prove(uuid, bigint, text),
	app.factor_suffices(timestamptz, integer), app.enter_session_proved(uuid, uuid, text, integer), app.enter_key_proved(text, text, text, integer) from public;
grant execute on function app.enter_session_proved(uuid, uuid, text, integer), app.enter_key_proved(text, text, text, integer) to app_user, app_auth;
grant execute on function app.factor_find(uuid), app.factor_of_link(text), app.session_begin(uuid, text, bigint, text), app.link_redeem(text, bigint, text),
	app.factor_state(uuid), app.factor_begin(text), app.factor_confirm(bigint, text[]), app.recovery_renew(text[]), app.factor_remove(bigint, text),
	app.session_prove(uuid, bigint, text) to app_auth;
revoke all on function app.session_open(uuid, text) from app_auth; -- opens for whoever it is told: session_begin asks first
