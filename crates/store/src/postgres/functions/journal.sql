-- Settled calls. The callers hold the run.

CREATE VIEW entries AS
SELECT frame, call_number, service, method, args, options, position, ok, value, attempts, started_at,
       finished_at, run_id, seq
FROM call_journal;

-- What a slice is asked to do, and an entry, if there is any.
CREATE VIEW absorbed AS
SELECT false AS stop_untold, false AS paused, true AS has_entry, e.* FROM entries e;

-- Settling numbers have no gaps, so that an offset is as good as a key.
CREATE FUNCTION journal(p_run uuid, p_offset bigint, p_limit bigint)
RETURNS SETOF entries LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM entries WHERE run_id = p_run AND seq > p_offset ORDER BY seq LIMIT p_limit;
END $$;

CREATE FUNCTION tail(p_run uuid, p_frame text, p_after bigint, p_limit bigint)
RETURNS SETOF entries LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM entries e WHERE e.run_id = p_run AND e.frame = p_frame AND e.position > p_after
    ORDER BY e.position LIMIT p_limit;
END $$;

CREATE FUNCTION _has_unseen(p_run uuid, p_frame text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM call_journal j
        WHERE j.run_id = p_run AND j.frame = p_frame AND j.position IS NULL);
END $$;

-- Gives positions to the entries that a frame has not seen, in the order of settling.
CREATE FUNCTION _see(p_run uuid, p_frame text) RETURNS SETOF entries LANGUAGE plpgsql AS $$
DECLARE
    seen bigint := (
        SELECT coalesce(max(j.position), 0) FROM call_journal j
        WHERE j.run_id = p_run AND j.frame = p_frame);
    unseen record;
BEGIN
    FOR unseen IN
        SELECT u.seq FROM call_journal u
        WHERE u.run_id = p_run AND u.frame = p_frame AND u.position IS NULL
        ORDER BY u.seq
    LOOP
        seen := seen + 1;
        RETURN QUERY
        UPDATE call_journal j SET position = seen
        WHERE j.run_id = p_run AND j.seq = unseen.seq
        RETURNING j.frame, j.call_number, j.service, j.method, j.args, j.options, j.position, j.ok, j.value,
                  j.attempts, j.started_at, j.finished_at, j.run_id, j.seq;
    END LOOP;
END $$;

CREATE FUNCTION append(
    p_id uuid, p_token bigint, p_number bigint, p_position bigint, p_ok boolean, p_started_at bigint,
    p_finished_at bigint, p_service text, p_method text, p_args text, p_value text,
    p_options text, p_log_index bigint[], p_log_at bigint[], p_log_level text[], p_log_message text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs := _hold_frame(p_id, p_token);
BEGIN
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, position, ok, attempts, started_at, finished_at,
         service, method, args, value, options)
    VALUES (held.run_id, _next_seq(held.run_id), held.path, p_number, p_position, p_ok, 1, p_started_at,
            p_finished_at, p_service, p_method, p_args, p_value, p_options);
    PERFORM _log(held, p_log_index, p_log_at, p_log_level, p_log_message);
    RETURN true;
END $$;

CREATE FUNCTION _next_seq(p_run uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(max(j.seq), 0) + 1 FROM call_journal j WHERE j.run_id = p_run);
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
