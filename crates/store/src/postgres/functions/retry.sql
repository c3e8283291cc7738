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
    PERFORM _next_attempt(
        failed.id, p_now,
        format('{"attempt":%s,"startedAt":%s,"finishedAt":%s,"nextAt":%s,"error":%s}', failed.attempt,
               coalesce(p_ended.started_at, p_ended.created_at), p_now, next_at, p_error),
        p_ended.id, p_ended.lane, next_at, p_ended.lease_token);
    PERFORM add_figures('[{"metric":":run_retry","label":"","bucket":0,"count":1,"sum":1}]');
    RETURN true;
END $$;
