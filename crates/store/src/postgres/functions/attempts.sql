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
