-- Setting schedules, and firing them.

-- A schedule to set, as callers describe it in JSON. `paused` is NULL to leave that as it was.
CREATE TYPE new_schedule AS (
    name text, task text, cron text, time_zone text, overlap text, catch_up text, paused boolean, next_at bigint,
    input text
);

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

CREATE FUNCTION set_schedule(p_schedule text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN _set_schedule('api', json_populate_record(NULL::new_schedule, p_schedule::json), p_now);
END $$;

-- What was decided of a schedule that fires, as callers describe it in JSON: from `overlap` to `going_on` what it was
-- decided on, then what the schedule becomes, the runs to cancel and how, and the runs to make.
CREATE TYPE firing AS (
    name text, overlap text, catch_up text, input text, was_next_at bigint, was_queued bigint[], going_on uuid[],
    next_at bigint, last_at bigint, problem text, queued bigint[], skipped bigint, skipped_at bigint, skipped_why text,
    cancel uuid[], stop how_to_stop, runs new_run[]
);

-- Fires a schedule as was decided; answers whether it was as it was read. Nobody makes a run of it meanwhile: that
-- takes the schedule's row as well.
CREATE FUNCTION fire(p_firing text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    firing firing := json_populate_record(NULL::firing, p_firing::json);
    held schedules;
    queued bigint[];
    going_on uuid[];
    run uuid;
    made new_run;
BEGIN
    SELECT * INTO held FROM schedules s WHERE s.name = firing.name FOR NO KEY UPDATE;
    queued := array_remove(ARRAY[held.queued_for], NULL)
        || ARRAY(SELECT json_array_elements_text(held.queued_more::json)::bigint);
    going_on := ARRAY(
        SELECT r.id FROM task_runs r
        WHERE r.schedule = firing.name AND r.schedule IS NOT NULL AND r.finished_at IS NULL ORDER BY r.id);
    IF (held.is_paused, held.overlap, held.catch_up, held.input, held.next_at, queued, going_on) IS DISTINCT FROM
        (false, firing.overlap, firing.catch_up, firing.input, firing.was_next_at, firing.was_queued, firing.going_on)
    THEN
        RETURN false;
    END IF;
    -- All are held before the first one's end gives its slot away.
    PERFORM FROM task_runs r WHERE r.id = ANY (firing.cancel) ORDER BY r.id FOR NO KEY UPDATE;
    FOREACH run IN ARRAY firing.cancel LOOP
        PERFORM _cancel(run, firing.stop, false, p_now);
    END LOOP;
    FOREACH made IN ARRAY firing.runs LOOP
        IF NOT _begin(made, p_now) THEN
            RAISE EXCEPTION 'a scheduled run was refused' USING ERRCODE = 'data_exception';
        END IF;
    END LOOP;
    UPDATE schedules s SET next_at = firing.next_at, last_at = firing.last_at, last_problem = firing.problem,
        last_run = coalesce(made.id, s.last_run), queued_for = firing.queued[1],
        queued_more = array_to_json(firing.queued[2:])::text, skipped = s.skipped + firing.skipped,
        skipped_at = coalesce(firing.skipped_at, s.skipped_at), skipped_why = coalesce(firing.skipped_why, s.skipped_why)
    WHERE s.name = firing.name;
    RETURN true;
END $$;
