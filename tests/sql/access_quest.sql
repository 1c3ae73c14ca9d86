-- Who sees and changes which quest: viewpoint from owner, stranger, other namespace, nobody, nobody where PUBLIC_READ is on, admin.
begin;
set local search_path = app, tap, pg_catalog;
select no_plan();
create temp table q as select w.name || ' ' || v as title, tap.quest(w.name, v) as id from tap.who w, (values ('private'), ('public')) x (v);
grant select on q to public;
create function pg_temp.q(p text) returns uuid language sql as $$ select id from q where title = p $$;
grant execute on function pg_temp.q(text) to public;
set local session authorization app_user;

-- Viewpoint from the owner.
select tap.become('ada');
select is(tap.seen(), 'ada private, ada public, bob public, root public', 'the owner sees his own and what is public in his namespace');
select is(tap.touched($$update quest set title = title || '!' where id = pg_temp.q('ada private')$$), 1::bigint, 'the owner changes his own');
select lives_ok($$insert into quest (title, visibility) values ('new', 'public')$$, 'the owner makes one');
select is((select owner_id || ' ' || namespace_id from quest where title = 'new'), tap.id('ada') || ' ' || (select namespace from tap.who where name = 'ada')::text, 'which is his, in his namespace');
select is(tap.touched($$delete from quest where title = 'new'$$), 1::bigint, 'the owner deletes his own');
select is(tap.touched($$update quest set title = 'ada private' where id = pg_temp.q('ada private')$$), 1::bigint, 'and back');

-- Ownership and namespace are not to be given away.
select throws_ok($$update quest set owner_id = tap.id('bob') where id = pg_temp.q('ada private')$$, '42501', null, 'ownership cannot be given away');
select throws_ok($$update quest set namespace_id = (select namespace from tap.who where name = 'eve')$$, '42501', null, 'the namespace cannot be changed');
select throws_ok($$update quest set id = app.uuid7()$$, '42501', null, 'nor the id');
select throws_ok($$update quest set created_at = now()$$, '42501', null, 'nor the time it was made');
select throws_ok($$insert into quest (title, owner_id) values ('x', tap.id('bob'))$$, '42501', null, 'nobody makes a quest for somebody else');
select throws_ok($$insert into quest (title, namespace_id) values ('x', (select namespace from tap.who where name = 'eve'))$$, '42501', null, 'or in another namespace');
select throws_ok($$insert into quest (title, id) values ('x', pg_temp.q('bob private'))$$, '42501', null, 'or under an id of his choice');
select throws_ok($$truncate quest$$, '42501', null, 'nobody empties the table');

-- Viewpoint from a stranger in the same namespace.
select tap.become('bob');
select is(tap.seen(), 'ada public, bob private, bob public, root public', 'a stranger sees what is public');
select is(tap.touched($$update quest set title = 'mine' where id = pg_temp.q('ada public')$$), 0::bigint, 'and changes nothing of it');
select is(tap.touched($$delete from quest where id = pg_temp.q('ada public')$$), 0::bigint, 'deletes nothing of it');
select is(tap.touched($$update quest set title = 'mine' where id = pg_temp.q('ada private')$$), 0::bigint, 'and nothing of what he does not see');
select is(tap.touched($$delete from quest where owner_id <> app.actor()$$), 0::bigint, 'whatever he asks for');
select is(tap.touched($$update quest set visibility = 'public' where title like 'ada%'$$), 0::bigint, 'he cannot make public what is not his');

-- Viewpoint from another namespace.
select tap.become('eve');
select is(tap.seen(), 'eve private, eve public', 'another namespace is another world');
select is(tap.touched($$update quest set title = 'mine' where id = pg_temp.q('ada public')$$), 0::bigint, 'nothing of it is changed');
select is(tap.touched($$delete from quest where id = pg_temp.q('ada public')$$), 0::bigint, 'nor deleted');

-- Viewpoint from nobody.
select tap.nobody();
select is(tap.seen(), '', 'nobody sees nothing');
select is(tap.touched($$update quest set title = 'mine'$$), 0::bigint, 'changes nothing');
select is(tap.touched($$delete from quest$$), 0::bigint, 'deletes nothing');
select throws_ok($$insert into quest (title) values ('x')$$, null, null, 'makes nothing');
select set_config('app.actor', 'nonsense', true);
select throws_ok($$select count(*) from quest$$, '22P02', null, 'an actor that is no id sees nothing either');

-- Viewpoint from nobody where PUBLIC_READ is on.
select tap.nobody(), set_config('app.public_read', '1', true);
select is(tap.seen(), 'ada public, bob public, eve public, root public', 'what is public is read by everybody');
select is(tap.touched($$update quest set title = 'mine'$$), 0::bigint, 'and changed by nobody');
select is(tap.touched($$delete from quest$$), 0::bigint, 'nor deleted');
select throws_ok($$insert into quest (title) values ('x')$$, null, null, 'nor made');
select tap.become('eve');
select is(tap.seen(), 'ada public, bob public, eve private, eve public, root public', 'an actor sees the same and his own');

-- Viewpoint from an admin: he turns switches, he does not read other people's private things.
select tap.nobody(), tap.become('root');
select is(tap.seen(), 'ada public, bob public, root private, root public', 'an admin sees what a member sees');
select is(tap.touched($$update quest set title = 'mine' where title like 'ada%'$$), 0::bigint, 'and changes nothing that is not his');
select is(tap.touched($$update switch set "on" = true, changed_by = app.actor() where name = 'kill'$$), 1::bigint, 'an admin turns the switch');
select throws_ok($$update switch set "on" = false, changed_by = tap.id('ada') where name = 'kill'$$, '42501', null, 'in his own name');
select throws_ok($$insert into switch (name) values ('other')$$, '42501', null, 'and makes none');
select tap.become('ada');
select is(tap.touched($$update switch set "on" = false, changed_by = app.actor() where name = 'kill'$$), 0::bigint, 'others do not turn it');
select is((select "on" from switch where name = 'kill'), true, 'and read it');
select tap.nobody();
select is((select count(*) from switch), 1::bigint, 'workers read it for nobody');
select is(tap.touched($$update switch set "on" = false$$), 0::bigint, 'and nobody turns it');

select * from finish();
rollback;
