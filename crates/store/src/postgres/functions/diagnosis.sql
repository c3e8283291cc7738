-- Looking at the records as a whole, and putting right what no operation leaves behind.

-- After a write, unless one has succeeded within the last p_fresh milliseconds.
CREATE FUNCTION database(p_fresh bigint, p_now bigint)
RETURNS TABLE (version bigint, now bigint, swept_at bigint, drainers bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (
        SELECT FROM sweeps w WHERE w.id = 1 AND w.probed_at > p_now - p_fresh AND w.probed_at <= p_now)
    THEN
        INSERT INTO sweeps (id, swept_at, probed_at) VALUES (1, 0, p_now)
        ON CONFLICT (id) DO UPDATE SET probed_at = excluded.probed_at;
    END IF;
    RETURN QUERY
    SELECT coalesce((SELECT max(m.version) FROM migrations m), 0), clock(),
           coalesce((SELECT w.swept_at FROM sweeps w WHERE w.id = 1), 0),
           (SELECT count(*) FROM leases d WHERE d.name = 'drainer' AND d.expires_at > p_now);
END $$;

CREATE FUNCTION backlog(p_bound bigint, p_now bigint)
RETURNS TABLE (due bigint, oldest bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    due := _count_due(p_now, p_bound);
    oldest := least((SELECT min(l.due) FROM _lanes('frame') AS l), (SELECT min(l.due) FROM _lanes('call') AS l));
    RETURN NEXT;
END $$;

-- Damage of a kind, the oldest first. Ids are those of rows, but for a run without a root frame: its own.
-- Beyond p_lease no lease lasts, beyond p_clock no clock goes.
CREATE FUNCTION _damaged(p_kind text, p_limit bigint, p_now bigint, p_lease bigint, p_clock bigint)
RETURNS TABLE (id uuid, run_id uuid, task_name text, path text, since bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    CASE p_kind
        WHEN 'root_missing' THEN
            RETURN QUERY
            SELECT r.id, r.id, r.task_name, (r.attempt - 1)::text, r.updated_at FROM task_runs r
            WHERE r.status IN ('queued', 'processing')
              AND NOT EXISTS (SELECT FROM stack_runs s WHERE s.run_id = r.id AND s.parent_id IS NULL)
            ORDER BY r.id LIMIT p_limit;
        WHEN 'row_orphaned' THEN
            RETURN QUERY
            SELECT s.id, s.run_id, s.task_name, s.path, s.updated_at FROM stack_runs s
            WHERE (s.parent_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM stack_runs p WHERE p.id = s.parent_id))
               OR NOT EXISTS (SELECT FROM task_runs r
                              WHERE r.id = s.run_id AND r.status IN ('queued', 'processing'))
            ORDER BY s.updated_at, s.id LIMIT p_limit;
        WHEN 'snapshot_orphaned' THEN
            RETURN QUERY
            SELECT p.stack_run_id, NULL::uuid, NULL, '', 0::bigint FROM snapshots p
            WHERE NOT EXISTS (SELECT FROM stack_runs s WHERE s.id = p.stack_run_id)
            LIMIT p_limit;
        WHEN 'lease_expired' THEN
            RETURN QUERY
            SELECT s.id, s.run_id, s.task_name, s.path, s.updated_at FROM stack_runs s
            WHERE s.status = 'processing' AND s.lease_expires_at <= p_now
            ORDER BY s.updated_at, s.id LIMIT p_limit;
        WHEN 'lease_far_ahead' THEN
            RETURN QUERY
            SELECT s.id, s.run_id, s.task_name, s.path, s.updated_at FROM stack_runs s
            WHERE s.status = 'processing' AND s.lease_expires_at > p_lease
            ORDER BY s.updated_at, s.id LIMIT p_limit;
        WHEN 'due_far_ahead' THEN
            -- A run, a timer or a wait that has a moment of its own keeps it; a run that waits for a slot is
            -- found by the moment that it has.
            RETURN QUERY
            SELECT s.id, s.run_id, s.task_name, s.path, s.updated_at FROM stack_runs s
            WHERE s.status = 'pending' AND s.updated_at > p_clock AND s.run_after > p_clock
              -- Those that have a moment of their own keep it; a timer for a span is moved.
              AND CASE WHEN s.kind = 'frame' OR s.service NOT IN ('timer', 'event') THEN true
                       ELSE s.service = 'timer' AND json_array_length(s.args::json) = 2 END
              AND NOT (s.parent_id IS NULL AND EXISTS (
                  SELECT FROM task_runs r
                  WHERE r.id = s.run_id AND (r.run_at = s.run_after OR r.slot = 1)))
            ORDER BY s.updated_at, s.id LIMIT p_limit;
        WHEN 'slot_far_ahead' THEN
            RETURN QUERY
            SELECT NULL::uuid, NULL::uuid, NULL, '', 0::bigint FROM leases d
            WHERE d.expires_at > p_lease AND d.name NOT LIKE 'calls %' LIMIT p_limit;
        WHEN 'waking_missed' THEN
            RETURN QUERY
            SELECT s.id, s.run_id, s.task_name, s.path, s.updated_at FROM stack_runs s
            WHERE s.status = 'suspended' AND EXISTS (
                SELECT FROM call_journal j
                WHERE j.run_id = s.run_id AND j.frame = s.path AND j.position IS NULL)
            ORDER BY s.updated_at, s.id LIMIT p_limit;
        WHEN 'waits_for_nothing' THEN
            RETURN QUERY
            SELECT s.id, s.run_id, s.task_name, s.path, s.updated_at FROM stack_runs s
            WHERE s.status = 'suspended' AND NOT EXISTS (
                SELECT FROM call_journal j
                WHERE j.run_id = s.run_id AND j.frame = s.path AND j.position IS NULL)
              AND NOT EXISTS (SELECT FROM stack_runs c WHERE c.parent_id = s.id)
            ORDER BY s.updated_at, s.id LIMIT p_limit;
        ELSE
            -- The records alone do not show it.
            NULL;
    END CASE;
END $$;

CREATE FUNCTION damage(p_kinds text, p_limit bigint, p_now bigint, p_lease bigint, p_clock bigint)
RETURNS TABLE (kind text, run text, task text, path text, since bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    of_kind text;
BEGIN
    FOR of_kind IN SELECT k.value FROM json_each(p_kinds) AS k LOOP
        RETURN QUERY
        SELECT of_kind, coalesce(d.run_id::text, ''), d.task_name, d.path, d.since
        FROM _damaged(of_kind, p_limit, p_now, p_lease, p_clock) AS d;
    END LOOP;
END $$;

-- Repairs damage of a kind; answers how much. Each statement looks again whether what it changes is still
-- as it was found, but for what cannot come right by itself.
CREATE FUNCTION repair(
    p_kind text, p_limit bigint, p_now bigint, p_lease bigint, p_clock bigint, p_held bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_ids uuid[] := ARRAY(SELECT d.id FROM _damaged(p_kind, p_limit, p_now, p_lease, p_clock) AS d);
    rows bigint := 0;
    frame uuid;
BEGIN
    CASE p_kind
        WHEN 'root_missing' THEN
            RETURN _make_roots(found_ids, p_now, p_held);
        WHEN 'row_orphaned' THEN
            DELETE FROM stack_runs s WHERE s.id = ANY (found_ids);
        WHEN 'snapshot_orphaned' THEN
            DELETE FROM snapshots p WHERE p.stack_run_id = ANY (found_ids);
        WHEN 'lease_far_ahead' THEN
            UPDATE stack_runs s SET lease_expires_at = p_now
            WHERE s.id = ANY (found_ids) AND s.status = 'processing' AND s.lease_expires_at > p_lease;
        WHEN 'due_far_ahead' THEN
            UPDATE stack_runs s SET run_after = s.run_after - (s.updated_at - p_now), updated_at = p_now
            WHERE s.id = ANY (found_ids) AND s.status = 'pending' AND s.updated_at > p_clock;
        WHEN 'slot_far_ahead' THEN
            -- A call may last longer than any of the others.
            DELETE FROM leases d WHERE d.expires_at > p_lease AND d.name NOT LIKE 'calls %';
        WHEN 'waking_missed' THEN
            UPDATE stack_runs s SET status = 'pending', run_after = p_now, updated_at = p_now
            WHERE s.id = ANY (found_ids) AND s.status = 'suspended';
        WHEN 'waits_for_nothing' THEN
            FOREACH frame IN ARRAY found_ids LOOP
                rows := rows + drop_snapshot(frame, true, p_now)::int;
            END LOOP;
            RETURN rows;
        ELSE
            RETURN 0;
    END CASE;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;

-- The rows that a lost root frame has left say which id it had: with the same they are its own again, and
-- so is its snapshot.
CREATE FUNCTION _make_roots(p_runs uuid[], p_now bigint, p_held bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, started_at, log_count, service, method, lane, paused, expires_at,
         stop_untold)
    SELECT coalesce(
               (SELECT c.parent_id FROM stack_runs c
                WHERE c.run_id = r.id AND c.path NOT LIKE '%.%.%' ORDER BY c.path LIMIT 1),
               r.id),
           r.id, (r.attempt - 1)::text, 0, 'frame', 'pending',
           CASE r.slot WHEN 1 THEN p_held ELSE greatest(coalesce(r.run_at, p_now), p_now) END, p_now, p_now,
           r.task_name, r.task_version, r.started_at,
           (SELECT coalesce(max(l.line_index) + 1, 0) FROM run_logs l
            WHERE l.run_id = r.id AND l.frame = (r.attempt - 1)::text),
           'tasks', '["execute"]', lpad((100 - r.priority)::text, 3, '0') || r.task_name,
           r.paused_at IS NOT NULL, coalesce(_grace_until(r.stop), r.deadline),
           r.stop IS NOT NULL
    FROM task_runs r WHERE r.id = ANY (p_runs)
    ORDER BY r.id ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;

-- When a run that is being stopped ends at the latest. What people say in it may be what JSON of the database
-- cannot hold; in a string no quote stands without a backslash before it.
CREATE FUNCTION _grace_until(p_stop text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN substring(p_stop FROM '"graceUntil":([0-9]+)')::bigint;
END $$;

-- A row is waited for by itself if nothing below it is in the queue. Those that only wait for their moment
-- come last: there may be thousands of them.
CREATE FUNCTION waits(p_unmoved_since bigint, p_limit bigint) RETURNS TABLE (
    run_id uuid, task text, path text, is_call boolean, service text, method text, event text, status text,
    attempt bigint, run_after bigint, lease_expires_at bigint, since bigint, paused boolean,
    stopped_by bigint, held boolean
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.run_id, r.task_name, s.path, s.kind = 'call', s.service, s.method,
           CASE s.service WHEN 'event' THEN tasker.as_json(s.args) ->> 0 END, s.status, s.attempt,
           s.run_after, s.lease_expires_at, coalesce(r.paused_at, s.updated_at), s.paused,
           _grace_until(r.stop), r.slot = 1 AND r.slot_scope IS NOT NULL
    FROM stack_runs s JOIN task_runs r ON r.id = s.run_id
    WHERE s.updated_at <= p_unmoved_since
      AND NOT EXISTS (SELECT FROM stack_runs c WHERE c.parent_id = s.id)
    ORDER BY s.status = 'pending' AND NOT s.paused AND s.run_after > p_unmoved_since AND r.slot = 0,
             s.updated_at, s.id
    LIMIT p_limit;
END $$;

-- The frames of a run, or the sleeping ones of all runs.
CREATE FUNCTION frames(p_run uuid, p_after uuid, p_limit bigint) RETURNS TABLE (
    name text, version text, code text, modules text, description text, input_schema text,
    timeout_ms bigint, created_at bigint, id uuid, run_id uuid, path text, status text,
    updated_at bigint, last_position bigint, queued text, settled text, bytes bytea, raw_bytes bigint,
    engine text, "position" bigint, in_flight text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE
        'SELECT t.name, t.version, t.code, t.modules, t.description, t.input_schema, t.timeout_ms,
                t.created_at, s.id, s.run_id, s.path, s.status, s.updated_at,
                (SELECT coalesce(max(j.position), 0) FROM call_journal j
                 WHERE j.run_id = s.run_id AND j.frame = s.path),
                (SELECT coalesce(json_agg(c.call_number)::text, ''[]'') FROM stack_runs c
                 WHERE c.parent_id = s.id),
                (SELECT coalesce(json_agg(j.call_number)::text, ''[]'') FROM call_journal j
                 WHERE j.run_id = s.run_id AND j.frame = s.path
                   AND (j.position IS NULL OR j.position > coalesce(p.position, 0))),
                p.bytes, p.raw_bytes, p.engine, p.position, p.in_flight
         FROM stack_runs s
         JOIN task_functions t ON t.name = s.task_name AND t.version = s.task_version
         LEFT JOIN snapshots p ON p.stack_run_id = s.id
         WHERE s.kind = ''frame'' AND s.id > $2 AND '
        || CASE WHEN p_run IS NULL THEN 's.status = ''suspended''' ELSE 's.run_id = $1' END
        || ' ORDER BY s.id LIMIT $3'
        USING p_run, p_after, p_limit;
END $$;

-- Drops the snapshot of a frame that is in no VM; answers whether it was there and not in a VM.
CREATE FUNCTION drop_snapshot(p_frame uuid, p_wake boolean, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stack_runs s
    WHERE s.id = p_frame AND s.kind = 'frame' AND s.status <> 'processing' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM snapshots p WHERE p.stack_run_id = p_frame;
    IF p_wake THEN
        UPDATE stack_runs s SET status = 'pending', run_after = p_now, updated_at = p_now
        WHERE s.id = p_frame AND s.status = 'suspended';
    END IF;
    RETURN true;
END $$;
