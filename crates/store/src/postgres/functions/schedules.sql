-- Schedules, and publishing a task with all that its code declares.

CREATE VIEW all_schedules AS
SELECT name, task_name, origin, cron, time_zone, overlap, catch_up, is_paused, next_at, queued_for,
       queued_more, last_at, last_run, last_problem, skipped, skipped_at, skipped_why, created_at,
       updated_at, input
FROM schedules;

-- A schedule to set, as callers describe it in JSON. `paused` is NULL to leave that as it was.
CREATE TYPE new_schedule AS (
    name text, task text, cron text, time_zone text, overlap text, catch_up text, paused boolean, next_at bigint,
    input text
);

-- p_schedules is a JSON array of what the code declares. Answers as `publish` does.
CREATE FUNCTION publish_with(p_version text, p_schedules text, p_now bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    task new_version := json_populate_record(NULL::new_version, p_version::json);
    published text := _publish_granted(task);
    set boolean := _set_settings(task);
    declared boolean := _declare_schedules(task.name, p_schedules, p_now);
BEGIN
    RETURN CASE WHEN published = 'unchanged' AND (set OR declared) THEN 'updated' ELSE published END;
END $$;

-- Makes the schedules of a task's code those that it declares; answers whether anything changed.
CREATE FUNCTION _declare_schedules(p_task text, p_schedules text, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    changed boolean;
    declared new_schedule;
BEGIN
    DELETE FROM schedules s
    WHERE s.task_name = p_task AND s.origin = 'code'
      AND s.name NOT IN (SELECT d.name FROM json_populate_recordset(NULL::new_schedule, p_schedules::json) AS d);
    changed := FOUND;
    FOR declared IN
        SELECT d.* FROM json_populate_recordset(NULL::new_schedule, p_schedules::json) AS d
        WHERE NOT EXISTS (
            SELECT FROM schedules s
            WHERE s.name = d.name AND s.task_name = d.task AND s.cron = d.cron
              AND s.time_zone = d.time_zone AND s.overlap = d.overlap AND s.catch_up = d.catch_up
              AND s.input = d.input)
    LOOP
        IF _set_schedule('code', declared, p_now) IS NOT NULL THEN
            changed := true;
        END IF;
    END LOOP;
    RETURN changed;
END $$;

-- Sets a schedule; answers whether it is new. NULL: it is of another origin, and left as it is.
CREATE FUNCTION _set_schedule(p_origin text, given new_schedule, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    is_new boolean;
BEGIN
    INSERT INTO schedules AS s
        (name, task_name, origin, cron, time_zone, overlap, catch_up, is_paused, next_at, created_at,
         updated_at, input)
    VALUES (given.name, given.task, p_origin, given.cron, given.time_zone, given.overlap, given.catch_up,
            coalesce(given.paused, false), given.next_at, p_now, p_now, given.input)
    ON CONFLICT (name) DO UPDATE SET
        task_name = excluded.task_name, cron = excluded.cron, time_zone = excluded.time_zone,
        overlap = excluded.overlap, catch_up = excluded.catch_up, input = excluded.input,
        is_paused = coalesce(given.paused, s.is_paused), updated_at = excluded.updated_at,
        next_at = CASE WHEN s.cron = excluded.cron AND s.time_zone = excluded.time_zone AND NOT s.is_paused
            THEN s.next_at ELSE excluded.next_at END
    WHERE s.origin = excluded.origin
    -- Only an old row was ever locked or replaced.
    RETURNING s.xmax = 0 INTO is_new;
    IF NOT is_new THEN
        PERFORM _drop_queued(given.name, CASE WHEN given.paused THEN 'paused' ELSE 'changed' END);
    END IF;
    RETURN is_new;
END $$;

-- The runs that wait are dropped, if the schedule's policies no longer let them or it is paused now.
CREATE FUNCTION _drop_queued(p_name text, p_why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE schedules s SET queued_for = NULL, queued_more = '[]',
        skipped = s.skipped + 1 + json_array_length(s.queued_more::json),
        skipped_at = coalesce((s.queued_more::json ->> -1)::bigint, s.queued_for), skipped_why = p_why
    WHERE s.name = p_name AND s.queued_for IS NOT NULL
      AND (s.is_paused OR NOT (s.overlap = 'queue' OR (s.overlap = 'skip' AND s.catch_up = 'all')));
END $$;

CREATE FUNCTION set_schedule(p_schedule text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN _set_schedule('api', json_populate_record(NULL::new_schedule, p_schedule::json), p_now);
END $$;

CREATE FUNCTION schedule(p_name text) RETURNS SETOF all_schedules LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM all_schedules s WHERE s.name = p_name;
END $$;

CREATE FUNCTION schedules(p_after text, p_limit bigint)
RETURNS SETOF all_schedules LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM all_schedules s WHERE s.name > p_after ORDER BY s.name LIMIT p_limit;
END $$;

-- Whether it is removed; NULL: there was none.
CREATE FUNCTION remove_schedule(p_name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM schedules s WHERE s.name = p_name AND s.origin = 'api';
    IF FOUND THEN
        RETURN true;
    END IF;
    RETURN CASE WHEN EXISTS (SELECT FROM schedules s WHERE s.name = p_name) THEN false END;
END $$;

-- Whether there is such a schedule.
CREATE FUNCTION pause_schedule(p_name text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE schedules s SET is_paused = true, updated_at = p_now
    WHERE s.name = p_name AND NOT s.is_paused;
    PERFORM _drop_queued(p_name, 'paused');
    RETURN EXISTS (SELECT FROM schedules s WHERE s.name = p_name);
END $$;

CREATE FUNCTION resume_schedule(p_name text, p_next_at bigint, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE schedules s SET is_paused = false, next_at = p_next_at, updated_at = p_now
    WHERE s.name = p_name AND s.is_paused;
    RETURN FOUND OR EXISTS (SELECT FROM schedules s WHERE s.name = p_name);
END $$;

-- Whether a run of a schedule goes on.
CREATE FUNCTION _schedule_goes_on(p_name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM task_runs r
        WHERE r.schedule = p_name AND r.schedule IS NOT NULL AND r.finished_at IS NULL);
END $$;

-- One whose next moment has come and that has a run that waits fires for its next moment first.
CREATE FUNCTION due_schedules(p_limit bigint, p_now bigint)
RETURNS SETOF all_schedules LANGUAGE plpgsql STABLE AS $$
DECLARE
    rows bigint;
BEGIN
    RETURN QUERY
    SELECT * FROM all_schedules s WHERE NOT s.is_paused AND s.next_at <= p_now
    ORDER BY s.next_at, s.name LIMIT p_limit;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN QUERY
    SELECT * FROM all_schedules s
    WHERE s.queued_for IS NOT NULL AND coalesce(s.next_at > p_now, true) AND NOT _schedule_goes_on(s.name)
    ORDER BY s.name LIMIT p_limit - rows;
END $$;

-- A schedule whose first run waits is due once nothing of it goes on.
CREATE FUNCTION next_schedule() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN least(
        (SELECT min(s.next_at) FROM schedules s WHERE NOT s.is_paused),
        (SELECT min(s.queued_for) FROM schedules s
         WHERE s.queued_for IS NOT NULL AND NOT _schedule_goes_on(s.name)));
END $$;

-- What fires, as callers describe it in JSON. `skipped` are moments that make no run whatever goes on.
CREATE TYPE firing AS (
    name text, is_next boolean, at bigint, next_at bigint, last_at bigint, problem text,
    skipped bigint, skipped_at bigint, skipped_why text
);

-- Fires a schedule for a moment that nobody has fired it for: the one to come, or the first one whose
-- run waits. p_runs are the runs to make, which take the input of the schedule; at most p_most wait. Answers
-- nothing if it is not as it was read any more.
CREATE FUNCTION fire(p_firing text, p_runs text, p_stop text, p_most bigint, p_now bigint)
RETURNS TABLE (started text, cancelled bigint, skipped bigint, queued boolean) LANGUAGE plpgsql AS $$
DECLARE
    firing firing := json_populate_record(NULL::firing, p_firing::json);
    runs new_run[] := ARRAY(SELECT r FROM json_populate_recordset(NULL::new_run, p_runs::json) AS r);
    starting new_run[] := '{}';
    fired schedules;
    waiting bigint[];
    going_on uuid[];
    free boolean;
    run uuid;
    made new_run;
    room bigint;
    -- How many of the runs, from the first on, are seen to; the others are skipped.
    seen bigint := cardinality(runs);
    why text;
BEGIN
    IF firing.is_next THEN
        UPDATE schedules s SET next_at = firing.next_at, last_at = firing.last_at, last_problem = firing.problem
        WHERE s.name = firing.name AND s.next_at = firing.at AND NOT s.is_paused RETURNING s.* INTO fired;
    ELSE
        UPDATE schedules s SET last_problem = firing.problem
        WHERE s.name = firing.name AND s.queued_for = firing.at AND NOT s.is_paused RETURNING s.* INTO fired;
    END IF;
    IF fired.name IS NULL THEN
        RETURN;
    END IF;
    started := '[]';
    cancelled := 0;
    skipped := 0;
    waiting := array_remove(ARRAY[fired.queued_for], NULL)
        || ARRAY(SELECT json_array_elements_text(fired.queued_more::json)::bigint);
    SELECT array_agg(r.id ORDER BY r.id) INTO going_on FROM task_runs r
    WHERE r.schedule = firing.name AND r.schedule IS NOT NULL AND r.finished_at IS NULL;
    free := going_on IS NULL;

    IF NOT firing.is_next THEN
        IF cardinality(runs) = 0 THEN
            waiting := waiting[2:];
        END IF;
    ELSIF fired.overlap = 'allow' THEN
        starting := runs;
    ELSIF fired.overlap = 'cancel-previous' THEN
        IF cardinality(runs) > 0 THEN
            -- All are held before the first one's end gives its slot away.
            PERFORM FROM task_runs r WHERE r.id = ANY (going_on) ORDER BY r.id FOR NO KEY UPDATE;
            FOREACH run IN ARRAY coalesce(going_on, '{}') LOOP
                PERFORM _cancel(run, _how_to_stop(p_stop), false, p_now);
                cancelled := cancelled + 1;
            END LOOP;
            starting := runs[cardinality(runs):];
            skipped := cardinality(runs) - 1;
            IF skipped > 0 THEN
                firing.skipped_at := (runs[skipped]).run_at;
                firing.skipped_why := 'superseded';
            END IF;
        END IF;
    ELSE
        IF fired.overlap = 'skip' AND NOT (free AND cardinality(waiting) = 0) THEN
            seen := 0;
            why := 'going-on';
        ELSE
            room := CASE WHEN fired.catch_up = 'all' THEN p_most WHEN fired.overlap = 'queue' THEN 1 ELSE 0 END
                + free::int - cardinality(waiting);
            seen := least(greatest(room, 0), cardinality(runs));
            why := 'queue-full';
        END IF;
        waiting := waiting || ARRAY(
            SELECT r.run_at FROM unnest(runs) WITH ORDINALITY AS r WHERE r.ordinality <= seen ORDER BY r.ordinality);
        skipped := cardinality(runs) - seen;
        IF skipped > 0 THEN
            firing.skipped_at := (runs[cardinality(runs)]).run_at;
            firing.skipped_why := why;
        END IF;
    END IF;
    -- The moment that has waited the longest comes first.
    IF free AND cardinality(runs) > 0 AND cardinality(waiting) > 0 THEN
        made := runs[1];
        made.run_at := waiting[1];
        starting := starting || made;
        waiting := waiting[2:];
    END IF;

    FOREACH made IN ARRAY starting LOOP
        made.input := fired.input;
        IF NOT _begin(made, p_now) THEN
            RAISE EXCEPTION 'a scheduled run was refused' USING ERRCODE = 'data_exception';
        END IF;
        fired.last_run := made.id;
    END LOOP;
    started := (SELECT coalesce(json_agg(r.id ORDER BY r.ordinality), '[]')::text
                FROM unnest(starting) WITH ORDINALITY AS r);
    queued := cardinality(waiting) > 0;
    UPDATE schedules s SET last_run = fired.last_run, queued_for = waiting[1],
        queued_more = array_to_json(waiting[2:])::text,
        skipped = s.skipped + coalesce(firing.skipped, 0) + fire.skipped,
        skipped_at = coalesce(firing.skipped_at, s.skipped_at),
        skipped_why = coalesce(firing.skipped_why, s.skipped_why)
    WHERE s.name = firing.name;
    RETURN NEXT;
END $$;
