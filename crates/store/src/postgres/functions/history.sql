-- What a run did and has out: its journal, its stack, its log.

-- Settling numbers have no gaps, so that an offset is as good as a key.
CREATE FUNCTION journal(p_run uuid, p_offset bigint, p_limit bigint)
RETURNS SETOF entries LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM entries WHERE run_id = p_run AND seq > p_offset ORDER BY seq LIMIT p_limit;
END $$;

CREATE FUNCTION stack(p_run uuid) RETURNS TABLE (
    id uuid, path text, status text, attempt bigint, run_after bigint, lease_expires_at bigint,
    expires_at bigint, created_at bigint, updated_at bigint, raw_bytes bigint, bytes bigint, engine text, "position" bigint,
    task_name text, input text, call_number bigint, service text, method text, options text,
    args text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.id, s.path, s.status, s.attempt, s.run_after, s.lease_expires_at, s.expires_at,
           s.created_at, s.updated_at, p.raw_bytes, octet_length(p.bytes)::bigint, p.engine, p.position,
           s.task_name, r.input, s.call_number, s.service, s.method, s.options, s.args
    FROM stack_runs s
    JOIN task_runs r ON r.id = s.run_id
    LEFT JOIN snapshots p ON p.stack_run_id = s.id
    WHERE s.run_id = p_run;
END $$;

CREATE FUNCTION logs(p_run uuid, p_after bigint, p_limit bigint) RETURNS TABLE (
    seq bigint, frame text, line_index bigint, at bigint, level text, message text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT l.seq, l.frame, l.line_index, l.at, l.level, l.message FROM run_logs l
    WHERE l.run_id = p_run AND l.seq > p_after ORDER BY l.seq LIMIT p_limit;
END $$;

-- Of the calls at these paths, in order.
CREATE FUNCTION attempts(p_run uuid, p_paths text[]) RETURNS TABLE (
    path text, attempt bigint, started_at bigint, finished_at bigint, next_at bigint, error text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.path, a.attempt, a.started_at, a.finished_at, a.next_at, a.error FROM call_attempts a
    WHERE a.run_id = p_run AND a.path = ANY (p_paths) ORDER BY a.path, a.attempt;
END $$;
