-- Stopping runs, and ending what is out of time.

-- How a run is stopped, as callers describe it in JSON: the status and the error that it ends with, why, and
-- when its tasks must have cleaned up.
CREATE TYPE how_to_stop AS (status text, error text, why text, grace_until bigint);

CREATE FUNCTION _how_to_stop(p_json text) RETURNS how_to_stop LANGUAGE sql IMMUTABLE AS
    'SELECT json_populate_record(NULL::how_to_stop, p_json::json)';

-- Ends a run or begins to stop it, whichever it is for now.
CREATE FUNCTION _cancel(p_id uuid, p_stop how_to_stop, p_force boolean, p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT end_run(p_id, p_now, p_stop.status, p_stop.error, p_stop.why, p_force) THEN
        PERFORM stop_run(p_id, p_now, p_stop.status, p_stop.error, p_stop.why, p_stop.grace_until);
    END IF;
END $$;

-- The code of an error. The JSON of the database takes no NUL, in no string.
CREATE FUNCTION _code(p_error text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN replace(p_error, '\u0000', '\u0001')::json ->> 'code';
END $$;

-- A call to settle, as callers describe it in JSON.
CREATE TYPE stopped_call AS (number bigint, service text, method text, args text, options text);

-- Tells a frame that its run is being stopped: those of its calls that have no row and have not settled
-- do so with the reason. It is told once it sees a call that was rejected with it, or a nested task that
-- failed, which may do so in its own way.
CREATE FUNCTION stop_calls(p_id uuid, p_token bigint, p_calls text, p_now bigint) RETURNS SETOF absorbed LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs := _hold_frame(p_id, p_token);
    reason text := (SELECT r.stop_error FROM task_runs r WHERE r.id = held.run_id);
    last_seq bigint;
    total bigint;
    is_told boolean;
BEGIN
    IF NOT held.stop_untold THEN
        RETURN QUERY SELECT * FROM absorb(p_id, p_token);
        RETURN;
    END IF;
    last_seq := _next_seq(held.run_id) - 1;
    total := _journal_bytes(held.run_id);
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
    SELECT held.run_id, last_seq + row_number() OVER (ORDER BY c.ordinality), held.path, c.number, false, 1,
           p_now, p_now, c.service, c.method, c.args,
           reason, c.options, total + sum(_entry_bytes(c.args, reason, c.options)) OVER (ORDER BY c.ordinality)
    FROM json_populate_recordset(NULL::stopped_call, p_calls::json) WITH ORDINALITY AS c
    WHERE NOT EXISTS (SELECT FROM call_journal j
                      WHERE j.run_id = held.run_id AND j.frame = held.path AND j.call_number = c.number)
      AND NOT EXISTS (SELECT FROM stack_runs s
                      WHERE s.run_id = held.run_id AND s.path = held.path || '.' || c.number);
    is_told := EXISTS (
        SELECT FROM call_journal j
        WHERE j.run_id = held.run_id AND j.frame = held.path AND j.position IS NULL AND NOT j.ok
          AND (j.service = 'tasks' AND j.method = '["execute"]' OR _code(j.value) = _code(reason)));
    UPDATE stack_runs s SET stop_untold = NOT is_told WHERE s.id = p_id;
    RETURN QUERY
    SELECT NOT is_told, false, e.frame IS NOT NULL, e.*
    FROM (SELECT) AS told LEFT JOIN _see(held.run_id, held.path) AS e ON true;
END $$;

-- Ends what is out of time. One at a time does; what others hold is left to the next one.
CREATE FUNCTION expire(p_limit bigint, p_now bigint, p_call_error text, p_stop text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stack_runs s WHERE s.expires_at <= p_now) THEN
        RETURN 0;
    END IF;
    RETURN _expire(p_limit, p_now, p_call_error, _how_to_stop(p_stop));
END $$;

CREATE FUNCTION _expire(p_limit bigint, p_now bigint, p_call_error text, p_stop how_to_stop)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint := 0;
    item record;
    held task_runs;
    ended stack_runs;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('tasker expire', 0)) THEN
        RETURN 0;
    END IF;
    FOR item IN
        SELECT s.id, s.run_id FROM stack_runs s
        WHERE s.expires_at <= p_now ORDER BY s.expires_at, s.id LIMIT p_limit
    LOOP
        SELECT * INTO held FROM task_runs r WHERE r.id = item.run_id FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        -- One before it may have taken it along; its run may be stopped by now.
        SELECT * INTO ended FROM stack_runs s WHERE s.id = item.id AND s.expires_at <= p_now;
        CONTINUE WHEN NOT FOUND;
        IF ended.parent_id IS NOT NULL THEN
            DELETE FROM stack_runs s WHERE s.id = ended.id RETURNING s.* INTO ended;
            PERFORM _settle(ended, false, p_call_error, NULL, NULL, p_now);
        ELSE
            PERFORM _cancel(held.id, p_stop, held.stop IS NOT NULL, p_now);
        END IF;
        rows := rows + 1;
    END LOOP;
    RETURN rows;
END $$;
