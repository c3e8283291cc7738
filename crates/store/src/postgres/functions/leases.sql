-- Leases. Whoever changes what belongs to a run holds the run's row first and the rows of its stack
-- after it: so the writers of a run come one after the other, and none waits for another in a circle.
-- What changes many runs at once (claiming, sweeping) skips rows that are held, and so never waits.

-- Holds a leased stack run and its run until the end of the transaction. Every later statement sees
-- all that was written to the run before.
CREATE FUNCTION _hold(p_id uuid, p_token bigint) RETURNS stack_runs LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs;
BEGIN
    SELECT s.* INTO held
    FROM task_runs r JOIN stack_runs s ON s.run_id = r.id
    WHERE s.id = p_id AND s.lease_token = p_token AND s.status = 'processing'
    FOR NO KEY UPDATE OF r, s;
    IF NOT FOUND THEN
        PERFORM _lease_lost();
    END IF;
    RETURN held;
END $$;

-- The same for a lease that must be a frame's.
CREATE FUNCTION _hold_frame(p_id uuid, p_token bigint) RETURNS stack_runs LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs := _hold(p_id, p_token);
BEGIN
    IF held.kind <> 'frame' THEN
        PERFORM _lease_lost();
    END IF;
    RETURN held;
END $$;

CREATE FUNCTION _lease_lost() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the lease has passed on' USING ERRCODE = ':lease_lost';
END $$;

-- With an error the attempt that began at `p_failed_at` has failed; it is kept if it is one of a call.
CREATE FUNCTION give_back(
    p_id uuid, p_token bigint, p_run_after bigint, p_failed_at bigint, p_error text, p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    given stack_runs;
BEGIN
    UPDATE stack_runs s
    SET status = 'pending', run_after = p_run_after, attempt = s.attempt + (p_error IS NOT NULL)::int,
        lease_owner = NULL, lease_expires_at = NULL, updated_at = p_now
    WHERE s.id = p_id AND s.lease_token = p_token AND s.status = 'processing'
    RETURNING s.* INTO given;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_error IS NOT NULL AND given.kind = 'call' THEN
        INSERT INTO call_attempts (run_id, path, attempt, started_at, finished_at, next_at, error)
        VALUES (given.run_id, given.path, given.attempt, p_failed_at, p_now, p_run_after, p_error)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION renew(p_id uuid, p_token bigint, p_expires_at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stack_runs SET lease_expires_at = p_expires_at
    WHERE id = p_id AND lease_token = p_token AND status = 'processing';
    RETURN FOUND;
END $$;

-- What is asked of whoever works on a stack run.
CREATE FUNCTION control(p_id uuid, p_token bigint)
RETURNS TABLE (stop_untold boolean, paused boolean) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.stop_untold, s.paused FROM stack_runs s
    WHERE s.id = p_id AND s.lease_token = p_token AND s.status = 'processing';
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
