-- What a slice does with its frame while it goes on.

CREATE FUNCTION load(p_id uuid, p_token bigint, p_now bigint) RETURNS TABLE (
    clock bigint, stop_untold boolean, paused boolean, name text, version text, code text, modules text,
    description text, input_schema text, timeout_ms bigint, created_at bigint, run_id uuid, path text,
    log_count bigint, input text, trace text, last_position bigint, journal_bytes bigint, queued text, bytes bytea, raw_bytes bigint, engine text, "position" bigint,
    in_flight text, next_frame text, next_call_number bigint, next_service text, next_method text, next_args text,
    next_options text, next_position bigint, next_ok boolean, next_value text, next_attempts bigint,
    next_started_at bigint, next_finished_at bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    held stack_runs := _hold_frame(p_id, p_token);
BEGIN
    IF held.started_at IS NULL THEN
        UPDATE stack_runs s SET started_at = p_now WHERE s.id = p_id;
        UPDATE task_runs r SET status = 'processing', started_at = coalesce(r.started_at, p_now), updated_at = p_now
        WHERE r.id = held.run_id AND r.status = 'queued';
    END IF;
    -- One that is to be stopped is told so, with all that it has not seen.
    IF NOT held.stop_untold THEN
        PERFORM _see(held.run_id, held.path);
    END IF;
    RETURN QUERY
    SELECT coalesce(held.started_at, p_now), held.stop_untold, held.paused, t.name, t.version, t.code,
           t.modules, t.description, t.input_schema, t.timeout_ms, t.created_at, held.run_id, held.path,
           held.log_count, coalesce(held.input, r.input), r.trace,
           (SELECT coalesce(max(j.position), 0) FROM call_journal j
            WHERE j.run_id = held.run_id AND j.frame = held.path),
           _journal_bytes(held.run_id),
           (SELECT coalesce(json_agg(c.call_number)::text, '[]') FROM stack_runs c
            WHERE c.parent_id = p_id),
           p.bytes, p.raw_bytes, p.engine, p.position, p.in_flight,
           e.frame, e.call_number, e.service, e.method, e.args, e.options, e.position, e.ok, e.value, e.attempts,
           e.started_at, e.finished_at
    FROM task_runs r, task_functions t
    LEFT JOIN snapshots p ON p.stack_run_id = p_id
    LEFT JOIN entries e
        ON e.run_id = held.run_id AND e.frame = held.path AND e.position = coalesce(p.position, 0) + 1
    WHERE r.id = held.run_id AND t.name = held.task_name AND t.version = held.task_version;
END $$;

CREATE FUNCTION tail(p_run uuid, p_frame text, p_after bigint, p_limit bigint)
RETURNS SETOF entries LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM entries e WHERE e.run_id = p_run AND e.frame = p_frame AND e.position > p_after
    ORDER BY e.position LIMIT p_limit;
END $$;

CREATE FUNCTION append(
    p_id uuid, p_token bigint, p_number bigint, p_position bigint, p_ok boolean, p_started_at bigint,
    p_finished_at bigint, p_service text, p_method text, p_args text, p_value text,
    p_options text, p_log_index bigint[], p_log_at bigint[], p_log_level text[], p_log_message text[],
    p_log_first bigint, p_log_newest bigint, p_log_half_bytes bigint,
    p_progress_at bigint, p_progress_number bigint, p_progress text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs := _hold_frame(p_id, p_token);
    last record;
BEGIN
    SELECT j.seq, j.total_bytes INTO last FROM call_journal j WHERE j.run_id = held.run_id ORDER BY j.seq DESC LIMIT 1;
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, position, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
    VALUES (held.run_id, coalesce(last.seq, 0) + 1, held.path, p_number, p_position, p_ok, 1, p_started_at,
            p_finished_at, p_service, p_method, p_args, p_value, p_options,
            coalesce(last.total_bytes, 0) + _entry_bytes(p_args, p_value, p_options));
    PERFORM _log(held, p_log_index, p_log_at, p_log_level, p_log_message, p_log_first, p_log_newest, p_log_half_bytes,
                 p_progress_at, p_progress_number, p_progress);
    RETURN true;
END $$;

CREATE FUNCTION tell(
    p_id uuid, p_token bigint, p_log_index bigint[], p_log_at bigint[], p_log_level text[], p_log_message text[],
    p_log_first bigint, p_log_newest bigint, p_log_half_bytes bigint,
    p_progress_at bigint, p_progress_number bigint, p_progress text
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM _log(_hold_frame(p_id, p_token), p_log_index, p_log_at, p_log_level, p_log_message, p_log_first, p_log_newest,
                 p_log_half_bytes, p_progress_at, p_progress_number, p_progress);
    RETURN true;
END $$;

-- Looking comes first: mostly there is nothing, and then nothing is written. A frame that is to be stopped
-- or to sleep is given nothing.
CREATE FUNCTION absorb(p_id uuid, p_token bigint) RETURNS SETOF absorbed LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs;
BEGIN
    SELECT s.* INTO held FROM stack_runs s
    WHERE s.id = p_id AND s.lease_token = p_token AND s.status = 'processing' AND s.kind = 'frame';
    IF NOT FOUND THEN
        PERFORM _lease_lost();
    END IF;
    IF NOT (held.stop_untold OR held.paused) AND _has_unseen(held.run_id, held.path) THEN
        held := _hold_frame(p_id, p_token);
        IF NOT (held.stop_untold OR held.paused) THEN
            RETURN QUERY SELECT false, false, true, e.* FROM _see(held.run_id, held.path) AS e;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT held.stop_untold, held.paused, false, e.*
    FROM (SELECT) AS asked LEFT JOIN entries e ON false;
END $$;
