-- Beginning runs again that have failed.

-- Begins a held run again whose root frame has failed and is gone, if that is due; answers whether it was.
-- One that is being stopped ends as that says; what has no time for another attempt ends with its own
-- error, not for want of time.
CREATE FUNCTION _begin_again(p_ended stack_runs, p_error text, p_is_fault boolean, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    failed task_runs;
    next_at bigint;
BEGIN
    SELECT * INTO failed FROM task_runs r
    WHERE r.id = p_ended.run_id AND r.retry IS NOT NULL AND r.stop_status IS NULL AND r.finished_at IS NULL;
    IF NOT FOUND OR NOT (p_is_fault OR (failed.retry::json ->> 'any')::boolean) THEN
        RETURN false;
    END IF;
    next_at := p_now + (failed.retry::json -> 'pauses' ->> (failed.attempt - 1)::int)::bigint;
    IF next_at IS NULL OR next_at >= failed.deadline THEN
        RETURN false;
    END IF;
    UPDATE task_runs r
    SET status = 'queued', attempt = r.attempt + 1, updated_at = p_now,
        failures = coalesce(left(r.failures, -1) || ',', '[') || format(
            '{"attempt":%s,"startedAt":%s,"finishedAt":%s,"nextAt":%s,"error":%s}]', r.attempt,
            coalesce(p_ended.started_at, p_ended.created_at), p_now, next_at, p_error)
    WHERE r.id = failed.id;
    -- It keeps its id and goes on counting leases, so that an older lease never holds again.
    INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, service, method, lane, expires_at, lease_token, paused)
    VALUES (p_ended.id, failed.id, failed.attempt::text, 0, 'frame', 'pending', next_at, p_now, p_now,
            failed.task_name, failed.task_version, 'tasks', '["execute"]', p_ended.lane, failed.deadline,
            p_ended.lease_token, failed.paused_at IS NOT NULL);
    UPDATE events e SET is_taken = false WHERE e.run_id = failed.id AND e.is_taken;
    DELETE FROM event_receipts t WHERE t.run_id = failed.id;
    PERFORM add_figures('[{"metric":":run_retry","label":"","bucket":0,"count":1,"sum":1}]');
    RETURN true;
END $$;
