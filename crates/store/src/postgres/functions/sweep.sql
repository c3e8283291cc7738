-- Putting right what lost workers left behind. A sweep waits for no other work: what others hold is left
-- to the next one.

CREATE FUNCTION last_sweep() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT swept_at FROM sweeps WHERE id = 1);
END $$;

-- Records the sweep, and repairs if there is anything to repair: with nothing to do it is a few looks into
-- indexes.
CREATE FUNCTION sweep(
    p_max_attempts bigint, p_limit bigint, p_now bigint, p_lost text, p_bound bigint, p_call_error text,
    p_stop text, p_latest bigint
) RETURNS TABLE (
    reclaimed bigint, failed bigint, woken bigint, expired bigint, due bigint, schedules_due boolean,
    oldest_ended bigint, oldest_expired bigint, key_expires bigint
) LANGUAGE plpgsql AS $$
DECLARE
    looked_up_to uuid;
    runs_wait boolean := EXISTS (
        SELECT FROM task_runs r WHERE r.slot_scope IS NOT NULL AND r.slot = 1 AND r.finished_at IS NULL);
    frames_sleep boolean := EXISTS (SELECT FROM stack_runs s WHERE s.status = 'suspended');
BEGIN
    reclaimed := 0;
    failed := 0;
    woken := 0;
    expired := 0;
    IF EXISTS (SELECT FROM sweeps w WHERE w.id = 1 AND w.swept_at > p_latest) THEN
        PERFORM _after_clock_jump(p_limit, p_now, p_latest);
    END IF;
    due := _count_due(p_now, p_bound);
    schedules_due :=
        EXISTS (SELECT FROM schedules s WHERE NOT s.is_paused AND s.next_at <= p_now)
        OR EXISTS (SELECT FROM schedules s WHERE s.queued_for IS NOT NULL AND NOT EXISTS (
                       SELECT FROM task_runs r WHERE r.schedule = s.name AND r.finished_at IS NULL));
    oldest_ended := (
        SELECT r.finished_at FROM task_runs r WHERE r.finished_at IS NOT NULL AND r.retention_ms IS NULL
        ORDER BY r.finished_at LIMIT 1);
    oldest_expired := (
        SELECT r.finished_at + r.retention_ms FROM task_runs r
        WHERE r.finished_at IS NOT NULL AND r.retention_ms IS NOT NULL
        ORDER BY r.finished_at + r.retention_ms LIMIT 1);
    key_expires := (SELECT k.expires_at FROM idempotency_keys k ORDER BY k.expires_at LIMIT 1);
    -- Whoever comes second waits here, and finds it done.
    INSERT INTO sweeps AS w (id, swept_at) VALUES (1, p_now)
    ON CONFLICT (id) DO UPDATE SET
        swept_at = CASE WHEN w.swept_at > p_latest THEN w.swept_at ELSE excluded.swept_at END
    RETURNING w.looked_up_to INTO looked_up_to;
    IF EXISTS (SELECT FROM stack_runs s WHERE s.status = 'processing' AND s.lease_expires_at <= p_now) THEN
        reclaimed := _reclaim(p_max_attempts, p_limit, p_now);
        failed := _give_up_lost(p_max_attempts, p_limit, p_now, p_lost);
    END IF;
    IF EXISTS (SELECT FROM stack_runs s WHERE s.expires_at <= p_now) THEN
        expired := _expire(p_limit, p_now, p_call_error, _how_to_stop(p_stop));
    END IF;
    IF runs_wait THEN
        PERFORM _sweep_slots(p_now);
    END IF;
    IF frames_sleep THEN
        woken := _wake_sleepers(looked_up_to, p_limit, p_now);
    END IF;
    IF EXISTS (SELECT FROM events e WHERE e.expires_at <= p_now) THEN
        DELETE FROM events e WHERE e.seq = ANY (ARRAY(
            SELECT o.seq FROM events o WHERE o.expires_at <= p_now
            ORDER BY o.expires_at, o.seq LIMIT p_limit FOR UPDATE SKIP LOCKED));
    END IF;
    IF runs_wait OR reclaimed + failed + woken + expired > 0 THEN
        due := _count_due(p_now, p_bound);
    END IF;
    RETURN NEXT;
END $$;

-- The last sweep is later than any clock of now goes (p_latest): the clock has jumped back. A lease, a
-- drainer's slot and a pause before another attempt would now last longer by that much. A worker that is
-- alive renews its lease; a moment that a task named stays what it is. While something is left, the last
-- sweep stays where it is, so that the next one finds it.
CREATE FUNCTION _after_clock_jump(p_limit bigint, p_now bigint, p_latest bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stack_runs s SET lease_expires_at = p_latest
    WHERE s.id = ANY (ARRAY(
        SELECT l.id FROM stack_runs l WHERE l.status = 'processing' AND l.lease_expires_at > p_latest
        FOR NO KEY UPDATE SKIP LOCKED));
    PERFORM FROM free_leases(p_latest);
    IF (SELECT count(*) FROM move_back(p_now, p_latest, p_limit)) < p_limit AND NOT EXISTS (
        SELECT FROM stack_runs s WHERE s.status = 'processing' AND s.lease_expires_at > p_latest) THEN
        UPDATE sweeps SET swept_at = p_now WHERE id = 1;
    END IF;
END $$;

CREATE FUNCTION _reclaim(p_max_attempts bigint, p_limit bigint, p_now bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    WITH expired AS MATERIALIZED (
        SELECT s.id FROM stack_runs s
        WHERE s.status = 'processing' AND s.lease_expires_at <= p_now AND s.attempt + 1 < p_max_attempts
        ORDER BY s.lease_expires_at, s.id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE stack_runs s
    SET status = 'pending', attempt = s.attempt + 1, run_after = p_now,
        lease_owner = NULL, lease_expires_at = NULL, updated_at = p_now
    WHERE s.id = ANY (ARRAY(SELECT e.id FROM expired e));
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;

CREATE FUNCTION _give_up_lost(p_max_attempts bigint, p_limit bigint, p_now bigint, p_lost text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint := 0;
    lost record;
    ended stack_runs;
BEGIN
    FOR lost IN
        SELECT s.id, s.run_id FROM stack_runs s
        WHERE s.status = 'processing' AND s.lease_expires_at <= p_now AND s.attempt + 1 >= p_max_attempts
        ORDER BY s.lease_expires_at, s.id LIMIT p_limit
    LOOP
        PERFORM FROM task_runs r WHERE r.id = lost.run_id FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        -- One given up before may have taken it along; its holder may have renewed it.
        DELETE FROM stack_runs s
        WHERE s.id = lost.id AND s.status = 'processing' AND s.lease_expires_at <= p_now
        RETURNING s.* INTO ended;
        CONTINUE WHEN NOT FOUND;
        PERFORM _settle(ended, false, p_lost, NULL, NULL, p_now, true);
        rows := rows + 1;
    END LOOP;
    RETURN rows;
END $$;

-- Looks at the next sleeping frames, each sweep where the last one stopped: there may be very many,
-- and none that should be awake. One that waits for nothing at all is woken too, so that its executor
-- ends it.
CREATE FUNCTION _wake_sleepers(p_after uuid, p_limit bigint, p_now bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    sleepers uuid[];
    awake uuid[];
    up_to uuid;
    rows bigint := 0;
BEGIN
    SELECT array_agg(f.id ORDER BY f.id), array_agg(f.id) FILTER (WHERE f.wakes) INTO sleepers, awake
    FROM (
        SELECT s.id, EXISTS (
                   SELECT FROM call_journal j
                   WHERE j.run_id = s.run_id AND j.frame = s.path AND j.position IS NULL)
               OR NOT EXISTS (SELECT FROM stack_runs c WHERE c.parent_id = s.id) AS wakes
        FROM stack_runs s
        WHERE s.status = 'suspended' AND s.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
        ORDER BY s.id LIMIT p_limit
    ) AS f;
    IF cardinality(sleepers) = p_limit THEN
        up_to := sleepers[p_limit];
    END IF;
    IF awake IS NOT NULL THEN
        WITH free AS MATERIALIZED (
            SELECT s.id FROM stack_runs s WHERE s.id = ANY (awake) AND s.status = 'suspended'
            FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE stack_runs s SET status = 'pending', run_after = p_now, updated_at = p_now
        WHERE s.id = ANY (ARRAY(SELECT f.id FROM free f));
        GET DIAGNOSTICS rows = ROW_COUNT;
    END IF;
    IF up_to IS DISTINCT FROM p_after THEN
        UPDATE sweeps SET looked_up_to = up_to WHERE id = 1;
    END IF;
    RETURN rows;
END $$;
