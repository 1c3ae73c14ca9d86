-- Jobs. The runners reach them through the functions below and no other way; an admin sees them, and sends a dead one to the queue again.

-- In the caller's transaction: the job is there when that holds. The same key gives the same job; a payload names things and holds no secret.
create or replace function app.job_add(p_kind text, p_payload jsonb default '{}', p_run_at timestamptz default now(), p_key text default null) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	made uuid;
begin
	insert into app.job (kind, payload, run_at, unique_key) values (p_kind, p_payload, p_run_at, p_key)
	on conflict (kind, unique_key) do nothing returning id into made;
	if made is null then
		select id into made from app.job where kind = p_kind and unique_key = p_key;
	elsif p_run_at <= now() then
		perform pg_notify('job', ''); -- a hint: who misses it looks every few seconds
	end if;
	return made;
end
$$;

-- The job that has waited longest of the kinds that the runner knows. One whose last attempt ended with its runner is dead.
create or replace function app.job_claim(p_kinds text[], p_attempts integer[], p_leases integer[], p_worker text)
	returns table (id uuid, kind text, payload jsonb, attempt integer, fence bigint)
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	j app.job;
	nth integer;
begin
	listen job; -- again with each claim: a new connection needs no care
	loop
		select * into j from app.job where due_at <= now() and job.kind = any (p_kinds) order by due_at limit 1 for update skip locked;
		exit when not found;
		nth := array_position(p_kinds, j.kind);
		if j.attempts >= p_attempts[nth] then
			perform app.job_bury(j.id, 'lease_lost');
			continue;
		end if;
		return query
			update app.job set state = 'running', attempts = job.attempts + 1, max_attempts = p_attempts[nth], fence = job.fence + 1, worker = p_worker,
				lease_until = clock_timestamp() + make_interval(secs => p_leases[nth])
			where job.id = j.id returning job.id, job.kind, job.payload, job.attempts, job.fence;
		return;
	end loop;
end
$$;

create or replace function app.job_bury(p_id uuid, p_error text) returns void
language sql volatile set search_path = pg_catalog, app as
$$
	with buried as (
		update app.job set state = 'dead', last_error = p_error, lease_until = null, finished_at = clock_timestamp() where id = p_id returning id, kind)
	select app.audit('job.died', id, jsonb_build_object('kind', kind, 'error', p_error)) from buried
$$;

-- Goes ahead of an effect in the same transaction, and stops it when somebody else has claimed the job since: the lease begins anew.
create or replace function app.job_hold(p_id uuid, p_fence bigint, p_seconds integer) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	update app.job set lease_until = clock_timestamp() + make_interval(secs => p_seconds) where id = p_id and fence = p_fence and state = 'running';
	if not found then
		raise exception 'the lease is lost' using errcode = 'LA409';
	end if;
	return true;
end
$$;

-- The same, and the job is done when the transaction holds.
create or replace function app.job_finish(p_id uuid, p_fence bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
begin
	update app.job set state = 'done', last_error = null, lease_until = null, finished_at = clock_timestamp()
	where id = p_id and fence = p_fence and state = 'running';
	if not found then
		raise exception 'the lease is lost' using errcode = 'LA409';
	end if;
	return true;
end
$$;

-- Back to the queue for a while, or dead. No row: the lease is lost.
create or replace function app.job_fail(p_id uuid, p_fence bigint, p_error text, p_wait_ms bigint) returns table (state text)
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	j app.job;
begin
	select * into j from app.job where id = p_id and fence = p_fence and job.state = 'running' for update;
	if not found then
		return;
	elsif j.attempts >= j.max_attempts then
		perform app.job_bury(p_id, p_error);
		return query select 'dead';
	else
		update app.job set state = 'queued', last_error = p_error, lease_until = null, run_at = clock_timestamp() + p_wait_ms * interval '1 millisecond'
		where id = p_id;
		return query select 'queued';
	end if;
end
$$;

-- A runner that is told to stop gives back what it cannot finish, as if it had never had it.
create or replace function app.job_yield(p_id uuid, p_fence bigint) returns table (state text)
language sql volatile security definer set search_path = pg_catalog, app as
$$
	update app.job set state = 'queued', attempts = attempts - 1, lease_until = null
	where id = p_id and fence = p_fence and state = 'running' returning 'queued'
$$;

-- Cron: each kind once a period, whoever asks and however often. A period that went by unseen is not made up for, nor one while an earlier job still waits.
create or replace function app.job_tick(p_kinds text[], p_every integer[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	n bigint := 0;
	k record;
begin
	for k in select kind, 'period ' || div(extract(epoch from now()), every) as period from unnest(p_kinds, p_every) as row (kind, every) loop
		continue when exists (select from app.job where kind = k.kind and unique_key = k.period);
		continue when exists (select from app.job where kind = k.kind and unique_key like 'period %' and due_at is not null);
		perform app.job_add(k.kind, p_key => k.period);
		n := n + 1;
	end loop;
	return n;
end
$$;

create or replace function app.job_depth() returns table (queued bigint, running bigint, dead bigint, oldest_s bigint)
language sql stable security definer set search_path = pg_catalog, app as
$$
	select (select count(*) from app.job where state = 'queued'), (select count(*) from app.job where state = 'running'),
		(select count(*) from app.job where state = 'dead'),
		(select coalesce(greatest(0, extract(epoch from now() - min(due_at))), 0)::bigint from app.job where due_at is not null)
$$;

create or replace function app.job_prune(p_days bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, app as
$$
declare
	n bigint;
begin
	delete from app.job where id in (select id from app.job where finished_at < now() - p_days * interval '1 day' limit 10000);
	get diagnostics n = row_count;
	return n;
end
$$;

revoke all on function app.job_add(text, jsonb, timestamptz, text), app.job_claim(text[], integer[], integer[], text), app.job_bury(uuid, text),
	app.job_hold(uuid, bigint, integer), app.job_finish(uuid, bigint), app.job_fail(uuid, bigint, text, bigint), app.job_yield(uuid, bigint),
	app.job_tick(text[], integer[]), app.job_depth(), app.job_prune(bigint) from public;
grant execute on function app.job_add(text, jsonb, timestamptz, text) to app_user, app_job;
grant execute on function app.job_claim(text[], integer[], integer[], text), app.job_hold(uuid, bigint, integer), app.job_finish(uuid, bigint),
	app.job_fail(uuid, bigint, text, bigint), app.job_yield(uuid, bigint), app.job_tick(text[], integer[]), app.job_depth(), app.job_prune(bigint) to app_job;

drop policy if exists job_read on app.job;
create policy job_read on app.job for select to app_user using ((select app.actor_role()) = 'admin');
drop policy if exists job_retry on app.job;
create policy job_retry on app.job for update to app_user
	using ((select app.actor_role()) = 'admin' and state = 'dead') with check ((select app.actor_role()) = 'admin' and state = 'queued');
grant select (id, kind, namespace_id, unique_key, state, run_at, attempts, max_attempts, worker, lease_until, last_error, created_at, finished_at),
	update (state, run_at, attempts, finished_at) on app.job to app_user;
