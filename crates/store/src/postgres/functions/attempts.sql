-- Failed attempts of calls.

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

-- Whether an attempt of a claimed call was lost: the row counts it, and it is recorded nowhere.
CREATE FUNCTION was_lost(p_id uuid, p_token bigint) RETURNS TABLE (was_lost boolean) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.attempt > (SELECT count(*) FROM call_attempts a WHERE a.run_id = s.run_id AND a.path = s.path)
    FROM stack_runs s
    WHERE s.id = p_id AND s.lease_token = p_token AND s.status = 'processing' AND s.kind = 'call';
END $$;
