-- Settled calls. The callers hold the run.

CREATE VIEW entries AS
SELECT frame, call_number, service, method, args, options, position, ok, value, attempts, started_at,
       finished_at, run_id, seq
FROM call_journal;

-- What a slice is asked to do, and an entry, if there is any.
CREATE VIEW absorbed AS
SELECT false AS stop_untold, false AS paused, true AS has_entry, e.* FROM entries e;

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

-- What an entry adds to the bytes of its run's journal.
CREATE FUNCTION _entry_bytes(p_args text, p_value text, p_options text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (octet_length(p_args) + octet_length(p_value) + coalesce(octet_length(p_options), 0))::bigint
$$;

-- The bytes that the journal of a run holds.
CREATE FUNCTION _journal_bytes(p_run uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce((SELECT j.total_bytes FROM call_journal j WHERE j.run_id = p_run ORDER BY j.seq DESC LIMIT 1), 0);
END $$;

CREATE FUNCTION _next_seq(p_run uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(max(j.seq), 0) + 1 FROM call_journal j WHERE j.run_id = p_run);
END $$;

