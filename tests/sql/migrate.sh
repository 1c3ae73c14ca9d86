# shellcheck shell=bash
# The migration runner: at once, again, and with histories that do not fit. Sourced by run.

TREE_SQL=$SQL_DIR

# tree: a copy of this tree's SQL to be spoiled, at $SQL_DIR.
tree() {
	SQL_DIR=$STATE_DIR/tree
	rm -rf "$SQL_DIR"
	cp -r "$TREE_SQL" "$SQL_DIR"
}

one_more() { echo 'create table more (id uuid primary key); alter table more enable row level security; alter table more force row level security;' >"$SQL_DIR/migrations/$1"; }

# next: the number of the migration to come.
next() { echo $((10#$(find "$SQL_DIR/migrations" -name '*.sql' -printf '%f\n' | sort | tail -n 1 | cut -c1-4) + 1)); }

applied() { sql -A -t <<<"select string_agg(version || ' ' || name, ', ' order by version) from app.schema_migration"; }

# says TEXT COMMAND...: it succeeds and says so; refuses TEXT COMMAND...: it fails and says why.
says() {
	local text=$1 out
	shift
	if ! out=$("$@" 2>&1) || ! grep -qF -- "$text" <<<"$out"; then
		echo "no \"$text\" in: $out"
		return 1
	fi
}

refuses() {
	local text=$1 out
	shift
	if out=$("$@" 2>&1) || ! grep -qF -- "$text" <<<"$out"; then
		echo "taken, or without \"$text\": $out"
		return 1
	fi
}

# In a shell of its own, where a failure ends it as it would end the real one.
migrate_apart() {
	BKG_DB_DSN='' STATE_DIR=$STATE_DIR SQL_DIR=$SQL_DIR bash -c ". ops/lib.sh && . ops/migrate && $(declare -f as) && migrate"
}

two_starters_at_once() {
	local a b first last
	fresh_database
	migrate_apart >"$STATE_DIR/a" 2>&1 & a=$!
	migrate_apart >"$STATE_DIR/b" 2>&1 & b=$!
	if ! wait "$a" || ! wait "$b"; then
		cat "$STATE_DIR/a" "$STATE_DIR/b"
		return 1
	fi
	first=$(grep -l applied "$STATE_DIR/a" "$STATE_DIR/b" | wc -l)
	last=$(sql -A -t <<<'select max(version) from app.schema_migration')
	[[ $first == 1 && $last == "$(($(next) - 1))" ]] || { echo "$first applied, $last there" && return 1; }
}

a_second_run_changes_nothing() {
	local before after
	before=$(sql -A -t <<<'select * from app.schema_migration; select * from app.schema_access; select oid, relname, relacl from pg_class order by oid')
	says already migrate_apart
	after=$(sql -A -t <<<'select * from app.schema_migration; select * from app.schema_access; select oid, relname, relacl from pg_class order by oid')
	[[ $before == "$after" ]]
}

a_changed_file_is_refused() {
	tree
	echo '-- a word more' >>"$SQL_DIR/migrations/0001_foundation.sql"
	refuses 'was changed after it was applied' migrate_apart
}

a_number_twice_is_refused() {
	tree
	one_more 0001_more.sql
	refuses 'no two files may have one number' migrate_apart
}

a_bad_name_is_refused() {
	tree
	one_more more.sql
	refuses 'is not named like' migrate_apart
}

its_own_transaction_is_refused() {
	tree
	one_more "$(printf '%04d_more.sql' "$(next)")"
	echo 'COMMIT;' | tee -a "$SQL_DIR"/migrations/*_more.sql >/dev/null
	refuses 'begins or ends a transaction' migrate_apart
}

# Half of it is fine, the other half fails: nothing of it stays, and once mended it goes on from where it was.
a_failing_migration_leaves_nothing() {
	local next before
	tree
	before=$(applied)
	next=$(printf '%04d_more.sql' "$(next)")
	one_more "$next"
	echo 'select 1 / 0;' >>"$SQL_DIR/migrations/$next"
	refuses 'division by zero' migrate_apart || return 1
	[[ $(applied) == "$before" && $(sql -A -t <<<"select to_regclass('app.more') is null") == t ]] || return 1
	one_more "$next"
	says "migration ${next%.sql}" migrate_apart
}

# The database knows the one more of the test before; a tree without it is older.
an_older_tree_is_refused() { SQL_DIR=$TREE_SQL refuses 'not in this tree, which is older' migrate_apart; }

changed_access_rules_are_applied_again() {
	tree
	one_more "$(printf '%04d_more.sql' "$(next)")"
	echo '-- a word more' >>"$SQL_DIR/access/quest.sql"
	says 'access rules' migrate_apart && says already migrate_apart
}

# app_owner owns what migrations make, whoever runs them.
everything_belongs_to_the_owner() {
	[[ -z $(sql -A -t <<<"select relname from pg_class where relnamespace = 'app'::regnamespace and relowner <> 'app_owner'::regrole") ]]
}

ok 'two starters at once: one applies, the other finds it done' two_starters_at_once
ok 'a second run changes nothing' a_second_run_changes_nothing
ok 'a migration that was changed after it was applied is refused' a_changed_file_is_refused
ok 'two files of one number are refused' a_number_twice_is_refused
ok 'a file that is not named like a migration is refused' a_bad_name_is_refused
ok 'a migration with a transaction of its own is refused' its_own_transaction_is_refused
ok 'a failing migration leaves nothing behind' a_failing_migration_leaves_nothing
ok 'a tree older than the database is refused' an_older_tree_is_refused
ok 'changed access rules are applied again' changed_access_rules_are_applied_again
ok 'everything belongs to app_owner' everything_belongs_to_the_owner
SQL_DIR=$TREE_SQL
