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
