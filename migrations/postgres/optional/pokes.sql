-- Optional: the database itself calls the app's `POST /sweep` when work is queued (extension pg_net) and
-- every five seconds (extension pg_cron), as Supabase's databases can. A server that lacks either is left
-- without that part. Applied by hand, by whoever owns the schema `tasker`, once the app has made it; any
-- number of times, also after upgrades. Then, once:
--
--     SELECT tasker.poke_at('https://tasker.example.com', '<key with the role sweep>');

DO $$
DECLARE
    extension text;
BEGIN
    IF to_regclass('tasker.sweeps') IS NULL THEN
        RAISE EXCEPTION 'there is no schema of Tasker here: let the app start on this database first';
    END IF;
    FOREACH extension IN ARRAY ARRAY['pg_net', 'pg_cron'] LOOP
        IF EXISTS (SELECT FROM pg_available_extensions WHERE name = extension) THEN
            BEGIN
                EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I', extension);
            EXCEPTION WHEN OTHERS THEN
                RAISE NOTICE '% was not installed: %', extension, SQLERRM;
            END;
        END IF;
    END LOOP;
END $$;

-- Where the app is: one row. The token is for its owner alone.
CREATE TABLE IF NOT EXISTS tasker.poke_settings (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    url TEXT NOT NULL,
    token TEXT NOT NULL
);
REVOKE ALL ON tasker.poke_settings FROM PUBLIC;

-- Asks the app to sweep; answers whether it was asked. pg_net sends the request once the transaction is
-- committed, so what it has queued is there to be found, and nobody waits for the answer. Whatever is
-- wrong with it is no error: the work stays queued, and any other sweep finds it.
CREATE OR REPLACE FUNCTION tasker.poke() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    app tasker.poke_settings;
BEGIN
    SELECT * INTO app FROM tasker.poke_settings;
    IF NOT FOUND OR to_regproc('net.http_post') IS NULL THEN
        RETURN false;
    END IF;
    PERFORM net.http_post(
        url := app.url || '/sweep',
        headers := jsonb_build_object(
            'Authorization', 'Bearer ' || app.token, 'Content-Type', 'application/json'),
        timeout_milliseconds := 10000);
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'the app was not asked to sweep: %', SQLERRM;
    RETURN false;
END $$;
REVOKE ALL ON FUNCTION tasker.poke() FROM PUBLIC;

-- A statement that queues work that is due pokes the app, unless it has swept within the second: under
-- load a drainer is at work anyway, and then the five seconds bound what one may overlook.
CREATE OR REPLACE FUNCTION tasker.poke_for_queued() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_ms bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
BEGIN
    IF EXISTS (SELECT FROM queued q WHERE q.status = 'pending' AND NOT q.paused AND q.run_after <= now_ms)
       AND NOT EXISTS (SELECT FROM tasker.sweeps s WHERE s.swept_at > now_ms - 1000) THEN
        PERFORM tasker.poke();
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tasker.poke_for_queued() FROM PUBLIC;

-- Says where the app is and a key of it with the role `sweep`, and begins to poke it. Answers what does so.
CREATE OR REPLACE FUNCTION tasker.poke_at(url text, token text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    has_net boolean := to_regproc('net.http_post') IS NOT NULL;
    has_cron boolean := to_regprocedure('cron.schedule(text, text, text)') IS NOT NULL;
BEGIN
    INSERT INTO tasker.poke_settings (id, url, token) VALUES (1, rtrim(url, '/'), token)
    ON CONFLICT (id) DO UPDATE SET url = excluded.url, token = excluded.token;
    DROP TRIGGER IF EXISTS poke ON tasker.stack_runs;
    IF NOT has_net THEN
        RETURN 'nothing: the server has no pg_net';
    END IF;
    CREATE TRIGGER poke AFTER INSERT ON tasker.stack_runs
        REFERENCING NEW TABLE AS queued FOR EACH STATEMENT EXECUTE FUNCTION tasker.poke_for_queued();
    IF NOT has_cron THEN
        RETURN 'a trigger; the server has no pg_cron';
    END IF;
    BEGIN
        PERFORM cron.schedule('tasker sweep', '5 seconds', 'SELECT tasker.poke()');
    EXCEPTION WHEN OTHERS THEN
        -- pg_cron before 1.5 knows whole minutes only.
        PERFORM cron.schedule('tasker sweep', '* * * * *', 'SELECT tasker.poke()');
    END;
    RETURN 'a trigger and pg_cron';
END $$;
REVOKE ALL ON FUNCTION tasker.poke_at(text, text) FROM PUBLIC;

-- Stops poking, and forgets the token.
CREATE OR REPLACE FUNCTION tasker.poke_no_more() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DROP TRIGGER IF EXISTS poke ON tasker.stack_runs;
    IF to_regprocedure('cron.schedule(text, text, text)') IS NOT NULL THEN
        PERFORM cron.unschedule(j.jobid) FROM cron.job j WHERE j.jobname = 'tasker sweep';
    END IF;
    DELETE FROM tasker.poke_settings;
END $$;
REVOKE ALL ON FUNCTION tasker.poke_no_more() FROM PUBLIC;
