-- Accounts, sessions, keys and links: app_user sees his own row and no secret; app_auth reaches them through functions only.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
set local session authorization app_user;

select tap.become('ada');
select results_eq('select email from account', array['ada@example.org'], 'a person reads his own address');
select results_eq('select id from principal', $$select tap.id('ada')$$, 'and his own row');
select throws_ok('select password_hash from account', '42501', null, 'not his hash');
select throws_ok('select * from account', '42501', null, 'not even among other columns');
select throws_ok('select count(*) from session', '42501', null, 'app_user reads no session');
select throws_ok('select count(*) from api_key', '42501', null, 'no key');
select throws_ok('select count(*) from login_link', '42501', null, 'no link');
select throws_ok('select count(*) from namespace', '42501', null, 'no namespace');
select throws_ok($$update principal set role = 'admin'$$, '42501', null, 'and makes nobody an admin');
select throws_ok($$update account set email = 'x@y'$$, '42501', null, 'changes no address');
select throws_ok($$delete from account$$, '42501', null, 'deletes no account');
select throws_ok($$insert into principal (namespace_id, kind) select namespace, 'person' from tap.who limit 1$$, '42501', null, 'makes nobody');
select throws_ok($$select account_find('ada@example.org')$$, '42501', null, 'and cannot call what app_auth may');
select throws_ok($$select account_signup('x@y', 'h')$$, '42501', null, 'sign nobody up');
select throws_ok($$select session_open(tap.id('root'))$$, '42501', null, 'open no session');
select throws_ok($$select session_refresh(tap.id('root'), 0)$$, '42501', null, 'refresh none');
select throws_ok($$select link_redeem('x')$$, '42501', null, 'redeem no link');
select throws_ok($$select seed_admin('x@y', 'h')$$, '42501', null, 'plant no admin');
select throws_ok($$select seed_token('x', 'h')$$, '42501', null, 'and no key');
select throws_ok($$insert into schema_migration (version, name, sha256) values (99, 'x', repeat('a', 64))$$, '42501', null, 'or a migration');

select tap.nobody();
select is_empty('select email from account', 'nobody reads no address');
select is_empty('select id from principal', 'and no principal');
select tap.become('root');
select results_eq('select email from account', array['root@example.org'], 'an admin reads his own address alone');

set local session authorization app_auth;
select throws_ok('select count(*) from account', '42501', null, 'app_auth reads no table: accounts');
select throws_ok('select count(*) from session', '42501', null, 'sessions');
select throws_ok('select count(*) from api_key', '42501', null, 'keys');
select throws_ok('select count(*) from login_link', '42501', null, 'links');
select throws_ok('select count(*) from principal', '42501', null, 'principals');
select throws_ok('select count(*) from quest', '42501', null, 'quests');
select throws_ok($$insert into session (principal_id) values (tap.id('ada'))$$, '42501', null, 'and writes none');
select throws_ok($$select seed_admin('x@y', 'h')$$, '42501', null, 'plants nothing');
select throws_ok($$select login_link_new('root@example.org', 'h')$$, '42501', null, 'and makes no link');
select is((select password_hash from account_find('ada@example.org')), 'hash of ada', 'it finds one account by its address');
select is_empty($$select * from account_find('ADA@example.org')$$, 'by the very address');
select is_empty($$select * from account_find('%')$$, 'and not by a pattern');
select is((select role from account_signup('new@example.org', 'h')), 'beginner', 'whoever signs up is a beginner');
select throws_ok($$select account_signup('new@example.org', 'h')$$, '23505', null, 'an address is taken once');
select throws_ok($$select account_signup('New@example.org', 'h')$$, '23514', null, 'addresses are kept in lower case');

select * from finish();
rollback;
