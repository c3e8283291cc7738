-- Schedules, and publishing a task with all that its code declares.

CREATE VIEW all_schedules AS
SELECT name, task_name, origin, cron, time_zone, overlap, catch_up, is_paused, next_at, queued_for,
       last_at, last_run, last_problem, created_at, updated_at, input
FROM schedules;

-- p_schedules is a JSON array of what the code declares. Answers as `publish` does.
CREATE FUNCTION publish_with(
    p_name text, p_version text, p_created_at bigint, p_description text, p_input_schema text,
    p_code text, p_modules text, p_timeout_ms bigint, p_namespaces text, p_retention_ms bigint,
    p_priority bigint, p_at_once bigint, p_at_once_per text, p_attempts bigint, p_schedules text,
    p_now bigint
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    published text := publish_granted(
        p_name, p_version, p_created_at, p_description, p_input_schema, p_code, p_modules, p_timeout_ms,
        p_namespaces);
    set boolean := _set_settings(p_name, p_version, p_retention_ms, p_priority, p_at_once, p_at_once_per,
                                p_attempts);
    declared boolean := _declare_schedules(p_name, p_schedules, p_now);
BEGIN
    RETURN CASE WHEN published = 'unchanged' AND (set OR declared) THEN 'updated' ELSE published END;
END $$;

-- Makes the schedules of a task's code those that it declares; answers whether anything changed.
CREATE FUNCTION _declare_schedules(p_task text, p_schedules text, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    changed boolean;
    declared record;
BEGIN
    DELETE FROM schedules s
    WHERE s.task_name = p_task AND s.origin = 'code'
      AND s.name NOT IN (SELECT d.name FROM json_to_recordset(p_schedules::json) AS d (name text));
    changed := FOUND;
    FOR declared IN
        SELECT d.* FROM json_to_recordset(p_schedules::json) AS d (
            name text, task text, cron text, time_zone text, overlap text, catch_up text, paused boolean,
            next_at bigint, input text)
        WHERE NOT EXISTS (
            SELECT FROM schedules s
            WHERE s.name = d.name AND s.task_name = d.task AND s.cron = d.cron
              AND s.time_zone = d.time_zone AND s.overlap = d.overlap AND s.catch_up = d.catch_up
              AND s.input = d.input)
    LOOP
        IF _set_schedule('code', declared.name, declared.task, declared.cron, declared.time_zone,
                         declared.overlap, declared.catch_up, declared.paused, declared.next_at,
                         declared.input, p_now) IS NOT NULL THEN
            changed := true;
        END IF;
    END LOOP;
    RETURN changed;
END $$;

-- Sets a schedule; answers whether it is new. NULL: it is of another origin, and left as it is. p_paused
-- is NULL to leave that as it was.
CREATE FUNCTION _set_schedule(
    p_origin text, p_name text, p_task text, p_cron text, p_time_zone text, p_overlap text,
    p_catch_up text, p_paused boolean, p_next_at bigint, p_input text, p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    is_new boolean;
BEGIN
    INSERT INTO schedules AS s
        (name, task_name, origin, cron, time_zone, overlap, catch_up, is_paused, next_at, created_at,
         updated_at, input)
    VALUES (p_name, p_task, p_origin, p_cron, p_time_zone, p_overlap, p_catch_up,
            coalesce(p_paused, false), p_next_at, p_now, p_now, p_input)
    ON CONFLICT (name) DO UPDATE SET
        task_name = excluded.task_name, cron = excluded.cron, time_zone = excluded.time_zone,
        overlap = excluded.overlap, catch_up = excluded.catch_up, input = excluded.input,
        is_paused = coalesce(p_paused, s.is_paused), updated_at = excluded.updated_at,
        queued_for = CASE WHEN excluded.overlap = 'queue' AND NOT coalesce(p_paused, s.is_paused)
            THEN s.queued_for END,
        next_at = CASE WHEN s.cron = excluded.cron AND s.time_zone = excluded.time_zone AND NOT s.is_paused
            THEN s.next_at ELSE excluded.next_at END
    WHERE s.origin = excluded.origin
    -- Only an old row was ever locked or replaced.
    RETURNING s.xmax = 0 INTO is_new;
    RETURN is_new;
END $$;

CREATE FUNCTION set_schedule(
    p_name text, p_task text, p_cron text, p_time_zone text, p_overlap text, p_catch_up text,
    p_paused boolean, p_next_at bigint, p_input text, p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN _set_schedule('api', p_name, p_task, p_cron, p_time_zone, p_overlap, p_catch_up, p_paused,
                         p_next_at, p_input, p_now);
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
    UPDATE schedules s SET is_paused = true, queued_for = NULL, updated_at = p_now
    WHERE s.name = p_name AND NOT s.is_paused;
    RETURN FOUND OR EXISTS (SELECT FROM schedules s WHERE s.name = p_name);
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

-- What fires, as callers describe it in JSON.
CREATE TYPE firing AS (name text, is_next boolean, at bigint, next_at bigint, last_at bigint, problem text);

-- Fires a schedule for a moment that nobody has fired it for: the one to come, or the one whose
-- run waits. p_runs are the runs to make, which take the input of the schedule. Answers nothing if it is not as it was read any more.
CREATE FUNCTION fire(p_firing text, p_runs text, p_stop text, p_now bigint)
RETURNS TABLE (started text, cancelled bigint, skipped bigint, queued boolean) LANGUAGE plpgsql AS $$
DECLARE
    firing firing := json_populate_record(NULL::firing, p_firing::json);
    runs new_run[] := ARRAY(SELECT r FROM json_populate_recordset(NULL::new_run, p_runs::json) AS r);
    fired schedules;
    going_on uuid[];
    run uuid;
    made new_run;
    first bigint := 1;
    last bigint := cardinality(runs);
    moments bigint := cardinality(runs);
BEGIN
    IF firing.is_next THEN
        UPDATE schedules s SET next_at = firing.next_at, last_at = firing.last_at, last_problem = firing.problem
        WHERE s.name = firing.name AND s.next_at = firing.at AND NOT s.is_paused RETURNING s.* INTO fired;
    ELSE
        UPDATE schedules s SET queued_for = NULL, last_problem = firing.problem
        WHERE s.name = firing.name AND s.queued_for = firing.at AND NOT s.is_paused RETURNING s.* INTO fired;
    END IF;
    IF fired.name IS NULL THEN
        RETURN;
    END IF;
    started := '[]';
    cancelled := 0;
    skipped := 0;
    queued := fired.queued_for IS NOT NULL;
    IF moments = 0 THEN
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT array_agg(r.id ORDER BY r.id) INTO going_on FROM task_runs r
    WHERE r.schedule = firing.name AND r.schedule IS NOT NULL AND r.finished_at IS NULL;
    CASE fired.overlap
        WHEN 'allow' THEN
            NULL;
        WHEN 'cancel-previous' THEN
            -- All are held before the first one's end gives its slot away.
            PERFORM FROM task_runs r WHERE r.id = ANY (going_on) ORDER BY r.id FOR NO KEY UPDATE;
            FOREACH run IN ARRAY coalesce(going_on, '{}') LOOP
                PERFORM _cancel(run, _how_to_stop(p_stop), false, p_now);
                cancelled := cancelled + 1;
            END LOOP;
            first := moments;
        ELSE
            last := CASE WHEN going_on IS NULL THEN 1 ELSE 0 END;
    END CASE;
    FOR number IN first .. last LOOP
        made := runs[number];
        made.input := fired.input;
        IF NOT _begin(made, p_now) THEN
            RAISE EXCEPTION 'a scheduled run was refused' USING ERRCODE = 'data_exception';
        END IF;
    END LOOP;

    skipped := moments - (last - first + 1);
    IF fired.overlap = 'queue' AND fired.queued_for IS NULL AND skipped > 0 THEN
        fired.queued_for := (runs[last + 1]).run_at;
        skipped := skipped - 1;
        queued := true;
    END IF;
    IF last >= first THEN
        started := (SELECT json_agg(r.id)::text FROM unnest(runs[first : last]) AS r);
        fired.last_run := (runs[last]).id;
    END IF;
    UPDATE schedules s SET last_run = fired.last_run, queued_for = fired.queued_for WHERE s.name = firing.name;
    RETURN NEXT;
END $$;
