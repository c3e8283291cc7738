DO $install$
DECLARE
    migrated boolean := false;
    newest bigint;
    item record;
BEGIN
    -- One installs at a time; whoever comes second finds it done.
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker install', 0));
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the encoding of the database is %, not UTF8', current_setting('server_encoding')
            USING ERRCODE = ':unsuitable';
    END IF;
    PERFORM set_config('client_min_messages', 'warning', true);
    CREATE SCHEMA IF NOT EXISTS tasker;
    CREATE TABLE IF NOT EXISTS tasker.migrations (version BIGINT PRIMARY KEY);
    SELECT max(version) INTO newest FROM tasker.migrations;
    IF newest > :newest THEN
        RAISE EXCEPTION ':too_new', newest USING ERRCODE = ':unsuitable';
    ELSIF newest < :oldest THEN
        RAISE EXCEPTION ':too_old', newest USING ERRCODE = ':unsuitable';
    END IF;
    IF newest IS DISTINCT FROM :newest THEN
        EXECUTE $script$
:schema
$script$;
        migrated := true;
    END IF;
    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = ':build') THEN
        RETURN;
    END IF;

    -- Other builds' functions stay if they were made for the same tables; of those, the newest.
    FOR item IN
        SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^tasker_[0-9a-f]{16}$'
        ORDER BY oid DESC OFFSET CASE WHEN migrated THEN 0 ELSE 3 END
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', item.name);
    END LOOP;

    CREATE SCHEMA :build;
    PERFORM set_config('search_path', ':build, tasker', true);
    EXECUTE $script$
:functions
$script$;
    -- The functions that others call carry their own settings, because a session's are not theirs:
    -- plans do not depend on how full the tables happened to be (rows are found by indexes, one by one), and
    -- no wait is endless.
    FOR item IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = ':build'::regnamespace AND p.proname NOT LIKE '\_%'
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = :build, tasker, pg_temp SET enable_seqscan = off '
            'SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off '
            'SET plan_cache_mode = force_generic_plan SET jit = off '
            'SET lock_timeout = %L', item.name, '10s');
    END LOOP;
END $install$
