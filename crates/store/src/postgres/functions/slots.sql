-- How many runs may go on at once: a run that would be one too many waits for a slot. What is counted
-- decides, so one counts at a time in each scope; whoever does takes further runs only if nobody
-- holds them.

CREATE FUNCTION _hold_scope(p_scope text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker slots ' || p_scope, 0));
END $$;

CREATE FUNCTION _slots_taken(p_scope text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM task_runs o
            WHERE o.slot_scope = p_scope AND o.slot = 2 AND o.finished_at IS NULL);
END $$;

-- Gives a held run a slot, or has it wait for one; answers whether it may go on.
CREATE FUNCTION _admit(p_run uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    asked task_runs;
BEGIN
    SELECT * INTO asked FROM task_runs r
    WHERE r.id = p_run AND r.slot = 0 AND r.slot_scope IS NOT NULL AND r.finished_at IS NULL;
    -- It has one already, or needs none.
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    PERFORM _hold_scope(asked.slot_scope);
    asked.slot := CASE WHEN _slots_taken(asked.slot_scope) < asked.slot_limit THEN 2 ELSE 1 END;
    UPDATE task_runs r SET slot = asked.slot WHERE r.id = p_run;
    RETURN asked.slot = 2;
END $$;

-- Lets those go on that wait for slots of a scope that are free: of the greatest priority, and of those
-- the oldest.
CREATE FUNCTION _release(p_scope text, p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    next task_runs;
BEGIN
    PERFORM _hold_scope(p_scope);
    LOOP
        SELECT * INTO next FROM task_runs h
        WHERE h.slot_scope = p_scope AND h.slot = 1 AND h.finished_at IS NULL
        ORDER BY h.priority DESC, h.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND OR _slots_taken(p_scope) >= next.slot_limit;
        UPDATE task_runs r SET slot = 2 WHERE r.id = next.id;
        UPDATE stack_runs s SET run_after = p_now, updated_at = p_now
        WHERE s.run_id = next.id AND s.status = 'pending' AND s.run_after = :held;
    END LOOP;
END $$;

-- Looks for free slots in the next scopes in which someone waits.
CREATE FUNCTION _sweep_slots(p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    came_to text := (SELECT w.admitted_up_to FROM sweeps w WHERE w.id = 1);
    up_to text := came_to;
BEGIN
    FOR step IN 1 .. 50 LOOP
        up_to := (
            SELECT r.slot_scope FROM task_runs r
            WHERE r.slot_scope > up_to AND r.slot = 1 AND r.finished_at IS NULL
            ORDER BY r.slot_scope LIMIT 1);
        EXIT WHEN up_to IS NULL;
        PERFORM _release(up_to, p_now);
    END LOOP;
    up_to := coalesce(up_to, '');
    IF up_to <> came_to THEN
        UPDATE sweeps SET admitted_up_to = up_to WHERE id = 1;
    END IF;
END $$;

-- Admits a run whose root frame was claimed because its moment had come. `false`: it has to wait, and
-- the frame is given back; or nothing is left of it.
CREATE FUNCTION admit_claimed(p_id uuid, p_token bigint, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs;
BEGIN
    SELECT s.* INTO held
    FROM task_runs r JOIN stack_runs s ON s.run_id = r.id
    WHERE s.id = p_id AND s.lease_token = p_token AND s.status = 'processing'
    FOR NO KEY UPDATE OF r, s;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF _admit(held.run_id) THEN
        RETURN true;
    END IF;
    UPDATE stack_runs s
    SET status = 'pending', run_after = :held, lease_owner = NULL, lease_expires_at = NULL,
        updated_at = p_now
    WHERE s.id = p_id;
    RETURN false;
END $$;
