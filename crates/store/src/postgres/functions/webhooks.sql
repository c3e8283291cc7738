-- Who is told when a run ends. `_begin` makes a webhook with its run, `_has_ended` makes it due.

CREATE FUNCTION webhook(p_run uuid) RETURNS TABLE (
    url text, state text, attempts bigint, next_at bigint, delivered_at bigint, error text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.url, w.state, w.attempts, w.next_at, w.delivered_at, w.error FROM webhooks w
    WHERE w.run_id = p_run;
END $$;

CREATE FUNCTION next_webhook() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT min(w.next_at) FROM webhooks w WHERE w.state = 'pending');
END $$;

CREATE FUNCTION webhooks_due(p_now bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM webhooks w WHERE w.state = 'pending' AND w.next_at <= p_now);
END $$;

-- Those that others claim at this moment are skipped.
CREATE FUNCTION claim_webhooks(p_limit bigint, p_expires_at bigint, p_now bigint)
RETURNS TABLE (run_id uuid, url text, attempts bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT x.run_id FROM webhooks x WHERE x.state = 'pending' AND x.next_at <= p_now
        ORDER BY x.next_at, x.run_id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE webhooks w SET attempts = w.attempts + 1, next_at = p_expires_at
    WHERE w.run_id = ANY (ARRAY(SELECT d.run_id FROM due d))
    RETURNING w.run_id, w.url, w.attempts;
END $$;

-- What came of an attempt: p_error is NULL if it was taken; p_retry_at is NULL if it is given up. Answers
-- whether it was the last attempt claimed.
CREATE FUNCTION record_delivery(p_run uuid, p_attempt bigint, p_error text, p_retry_at bigint, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE webhooks w
    SET state = CASE WHEN p_error IS NULL THEN 'delivered' WHEN p_retry_at IS NULL THEN 'failed'
                ELSE 'pending' END,
        next_at = p_retry_at, error = p_error,
        delivered_at = CASE WHEN p_error IS NULL THEN p_now END
    WHERE w.run_id = p_run AND w.attempts = p_attempt AND w.state = 'pending';
    RETURN FOUND;
END $$;
