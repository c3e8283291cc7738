-- How long ended runs are kept.

-- Removes a batch of ended runs and forgets keys; answers how many runs have gone, and whether there may be more to
-- remove. What another purges at this moment is left to it. p_keep is NULL to leave tasks as many runs as they have;
-- p_rows bounds the journal and the log that go at once.
CREATE FUNCTION purge(p_ended_until bigint, p_keep bigint, p_limit bigint, p_rows bigint, p_now bigint)
RETURNS TABLE (runs bigint, more boolean) LANGUAGE plpgsql AS $$
DECLARE
    keys bigint := _forget_keys(p_limit, p_now);
    old uuid[] := ARRAY(
            SELECT r.id FROM task_runs r
            WHERE r.finished_at IS NOT NULL AND r.retention_ms IS NULL AND r.finished_at <= p_ended_until
            ORDER BY r.finished_at, r.id LIMIT p_limit FOR UPDATE SKIP LOCKED)
        || ARRAY(
            SELECT r.id FROM task_runs r
            WHERE r.finished_at IS NOT NULL AND r.retention_ms IS NOT NULL AND r.finished_at + r.retention_ms <= p_now
            ORDER BY r.finished_at + r.retention_ms, r.id LIMIT p_limit FOR UPDATE SKIP LOCKED);
    trimmed record;
BEGIN
    runs := _purge(old, p_rows);
    more := keys >= p_limit OR _is_full(old, p_limit) OR runs < cardinality(old);
    IF p_keep IS NOT NULL THEN
        SELECT * INTO trimmed FROM _trim(p_keep, p_limit, p_rows);
        runs := runs + trimmed.runs;
        more := more OR trimmed.more;
    END IF;
    RETURN NEXT;
END $$;

-- Whether a batch has something and all that it may have.
CREATE FUNCTION _is_full(p_batch uuid[], p_limit bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT cardinality(p_batch) >= greatest(p_limit, 1)
$$;

-- Forgets idempotency keys whose time is up. That of a run that goes on lives on, and is not looked at
-- again for a day. Answers how many there were.
CREATE FUNCTION _forget_keys(p_limit bigint, p_now bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    forgotten bigint;
    kept bigint;
BEGIN
    DELETE FROM idempotency_keys k USING (
        SELECT x.task_name, x.idempotency_key, x.run_id FROM idempotency_keys x
        WHERE x.expires_at <= p_now
        ORDER BY x.expires_at, x.task_name, x.idempotency_key LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) AS expired
    WHERE k.task_name = expired.task_name AND k.idempotency_key = expired.idempotency_key
      AND NOT _goes_on(expired.run_id);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    UPDATE idempotency_keys k SET expires_at = p_now + 86400000 FROM (
        SELECT x.task_name, x.idempotency_key, x.run_id FROM idempotency_keys x
        WHERE x.expires_at <= p_now
        ORDER BY x.expires_at, x.task_name, x.idempotency_key LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) AS expired
    WHERE k.task_name = expired.task_name AND k.idempotency_key = expired.idempotency_key
      AND _goes_on(expired.run_id);
    GET DIAGNOSTICS kept = ROW_COUNT;
    RETURN forgotten + kept;
END $$;

CREATE FUNCTION _goes_on(p_run uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT FROM task_runs r WHERE r.id = p_run AND r.finished_at IS NULL);
END $$;

-- Cuts the runs of the next task, in the order of names, to the newest ones.
CREATE FUNCTION _trim(p_keep bigint, p_limit bigint, p_rows bigint)
RETURNS TABLE (runs bigint, more boolean) LANGUAGE plpgsql AS $$
DECLARE
    after text := coalesce((SELECT w.trimmed_up_to FROM sweeps w WHERE w.id = 1), '');
    task text := (SELECT min(r.task_name) FROM task_runs r WHERE r.task_name > after);
    old uuid[];
BEGIN
    runs := 0;
    more := false;
    IF task IS NOT NULL THEN
        old := ARRAY(SELECT r.id FROM task_runs r
                     WHERE r.task_name = task AND r.finished_at IS NOT NULL
                       AND r.id <= (SELECT n.id FROM task_runs n WHERE n.task_name = task
                                    ORDER BY n.id DESC LIMIT 1 OFFSET p_keep)
                     ORDER BY r.id LIMIT p_limit FOR UPDATE OF r SKIP LOCKED);
        runs := _purge(old, p_rows);
        more := _is_full(old, p_limit) OR runs < cardinality(old);
    END IF;
    IF coalesce(task, '') <> after AND NOT more THEN
        INSERT INTO sweeps (id, swept_at, trimmed_up_to) VALUES (1, 0, coalesce(task, ''))
        ON CONFLICT (id) DO UPDATE SET trimmed_up_to = excluded.trimmed_up_to;
    END IF;
    RETURN NEXT;
END $$;

-- Removes runs that are held: a very large one in parts. A run goes once nothing of it is left.
CREATE FUNCTION _purge(p_runs uuid[], p_rows bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    DELETE FROM call_journal j USING (
        SELECT e.run_id, e.seq FROM unnest(p_runs) AS p (id) JOIN call_journal e ON e.run_id = p.id
        LIMIT p_rows
    ) AS old
    WHERE j.run_id = old.run_id AND j.seq = old.seq;
    DELETE FROM run_logs l USING (
        SELECT e.run_id, e.seq FROM unnest(p_runs) AS p (id) JOIN run_logs e ON e.run_id = p.id
        LIMIT p_rows
    ) AS old
    WHERE l.run_id = old.run_id AND l.seq = old.seq;
    DELETE FROM task_runs r
    WHERE r.id = ANY (p_runs)
      AND NOT EXISTS (SELECT FROM call_journal j WHERE j.run_id = r.id)
      AND NOT EXISTS (SELECT FROM run_logs l WHERE l.run_id = r.id);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;
