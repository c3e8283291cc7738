-- Putting a frame to sleep, or saving its state while it goes on. Answers the frame and which of the
-- children were made; with terms, the first of them that is not in flight is claimed unless the frame
-- itself is to be woken at once.

CREATE FUNCTION sleep(
    p_id uuid, p_token bigint, p_then text, p_owner text, p_expires_at bigint, p_now bigint,
    p_bytes bytea, p_raw_bytes bigint, p_engine text, p_position bigint, p_in_flight text,
    p_frames bigint, p_too_many text, p_withdrawn bigint[],
    p_child_id text[], p_child_number bigint[], p_child_in_flight bigint[], p_child_task text[],
    p_child_version text[], p_child_input text[], p_child_service text[], p_child_method text[],
    p_child_args text[], p_child_options text[], p_child_run_after bigint[], p_child_expires_at bigint[],
    p_child_attempt bigint[],
    p_failed_child text[], p_failed_attempt bigint[], p_failed_started_at bigint[],
    p_failed_finished_at bigint[], p_failed_next_at bigint[], p_failed_error text[],
    p_log_index bigint[], p_log_at bigint[], p_log_level text[], p_log_message text[],
    p_log_first bigint, p_log_newest bigint, p_log_half_bytes bigint,
    p_progress_at bigint, p_progress_number bigint, p_progress text
) RETURNS TABLE (
    run_id uuid, path text, status text, lease_token bigint, attempt bigint, paused boolean, made text
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    held stack_runs := _hold_frame(p_id, p_token);
    wakes boolean;
    new_ids uuid[];
BEGIN
    IF held.stop_untold AND p_then <> 'keep_running' AND cardinality(p_child_id) > 0 THEN
        RAISE EXCEPTION 'the run is being stopped' USING ERRCODE = ':stopping';
    END IF;
    PERFORM _log(held, p_log_index, p_log_at, p_log_level, p_log_message, p_log_first, p_log_newest, p_log_half_bytes,
                 p_progress_at, p_progress_number, p_progress);

    INSERT INTO snapshots (stack_run_id, raw_bytes, engine, position, in_flight, bytes)
    VALUES (p_id, p_raw_bytes, p_engine, p_position, p_in_flight, p_bytes)
    ON CONFLICT (stack_run_id) DO UPDATE SET
        raw_bytes = excluded.raw_bytes, engine = excluded.engine, position = excluded.position,
        in_flight = excluded.in_flight, bytes = excluded.bytes;

    PERFORM _refuse_frames(
        held, p_frames, p_too_many, p_child_number, p_child_task, p_child_service, p_child_method, p_child_args,
        p_child_options, p_now);
    IF p_then = 'keep_running' THEN
        UPDATE stack_runs s SET attempt = 0, updated_at = p_now WHERE s.id = p_id;
    ELSE
        wakes := p_then IN ('yield', 'yield_behind') OR _has_unseen(held.run_id, held.path);
        UPDATE stack_runs s
        SET status = CASE WHEN NOT wakes THEN 'suspended' WHEN p_owner IS NULL OR s.paused THEN 'pending'
                     ELSE 'processing' END,
            lease_token = s.lease_token + (wakes AND p_owner IS NOT NULL AND NOT s.paused)::int,
            lease_owner = CASE WHEN wakes AND NOT s.paused THEN p_owner END,
            lease_expires_at = CASE WHEN wakes AND NOT s.paused THEN p_expires_at END,
            attempt = CASE p_then WHEN 'yield_behind' THEN s.attempt ELSE 0 END,
            run_after = p_now, updated_at = p_now
        WHERE s.id = p_id;
    END IF;

    IF cardinality(p_withdrawn) > 0 THEN
        DELETE FROM stack_runs s
        WHERE s.parent_id = p_id AND s.kind = 'call' AND s.call_number = ANY (p_withdrawn);
    END IF;
    IF cardinality(p_child_id) > 0 THEN
        WITH children AS (
            INSERT INTO stack_runs
                (id, run_id, path, parent_id, call_number, kind, status, run_after,
                 lease_token, lease_owner, lease_expires_at, created_at, updated_at,
                 task_name, task_version, service, method, args, input, expires_at,
                 options, attempt, paused, lane)
            SELECT c.id::uuid, held.run_id, held.path || '.' || c.number, p_id, c.number,
                   CASE WHEN c.task IS NULL THEN 'call' ELSE 'frame' END,
                   CASE c.in_flight WHEN 1 THEN 'processing' ELSE 'pending' END,
                   c.run_after, c.in_flight,
                   CASE c.in_flight WHEN 1 THEN coalesce(p_owner, held.lease_owner) END,
                   CASE c.in_flight WHEN 1 THEN coalesce(p_expires_at, held.lease_expires_at) END,
                   p_now, p_now, c.task, c.version, c.service, c.method, c.args, c.input,
                   nullif(c.expires_at, 0), c.options, c.attempt, held.paused, held.lane
            FROM unnest(p_child_id, p_child_number, p_child_in_flight, p_child_task, p_child_version,
                        p_child_input, p_child_service, p_child_method, p_child_args, p_child_options,
                        p_child_run_after, p_child_expires_at, p_child_attempt)
                AS c (id, number, in_flight, task, version, input, service, method, args, options,
                      run_after, expires_at, attempt)
            WHERE NOT EXISTS (
                SELECT FROM call_journal j
                WHERE j.run_id = held.run_id AND j.frame = held.path AND j.call_number = c.number)
            ON CONFLICT (run_id, path) DO NOTHING
            RETURNING id
        )
        SELECT array_agg(c.id) INTO new_ids FROM children c;
    END IF;
    IF cardinality(p_failed_child) > 0 THEN
        INSERT INTO call_attempts (run_id, path, attempt, started_at, finished_at, next_at, error)
        SELECT c.run_id, c.path, f.attempt, f.started_at, f.finished_at, f.next_at, f.error
        FROM unnest(p_failed_child, p_failed_attempt, p_failed_started_at, p_failed_finished_at,
                    p_failed_next_at, p_failed_error)
            AS f (child, attempt, started_at, finished_at, next_at, error)
        JOIN stack_runs c ON c.id = f.child::uuid
        WHERE c.id = ANY (new_ids)
        ON CONFLICT DO NOTHING;
    END IF;
    IF p_owner IS NOT NULL AND NOT held.paused AND (p_then = 'keep_running' OR NOT wakes) THEN
        UPDATE stack_runs s
        SET status = 'processing', lease_token = 1, lease_owner = p_owner,
            lease_expires_at = p_expires_at
        WHERE s.id = (
            SELECT c.id::uuid
            FROM unnest(p_child_id, p_child_in_flight, p_child_run_after)
                WITH ORDINALITY AS c (id, in_flight, run_after, place)
            WHERE c.id::uuid = ANY (new_ids) AND c.in_flight = 0 AND c.run_after <= p_now
            ORDER BY c.place LIMIT 1);
    END IF;

    RETURN QUERY
    SELECT s.run_id, s.path, s.status, s.lease_token, s.attempt, s.paused, coalesce(to_json(new_ids)::text, '[]')
    FROM stack_runs s WHERE s.id = p_id;
END $$;

-- Settles the new nested tasks for which a held run has no room: what is in the journal gets no row.
CREATE FUNCTION _refuse_frames(
    p_held stack_runs, p_frames bigint, p_too_many text, p_number bigint[], p_task text[], p_service text[],
    p_method text[], p_args text[], p_options text[], p_now bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    nested bigint := cardinality(array_remove(p_task, NULL));
    room bigint;
    last_seq bigint;
    total bigint;
BEGIN
    IF nested = 0 THEN
        RETURN;
    END IF;
    -- One of its frames is the root.
    room := p_frames - 1 - (
        SELECT count(*) FROM stack_runs f
        WHERE f.run_id = p_held.run_id AND f.kind = 'frame' AND f.parent_id IS NOT NULL);
    IF nested <= room THEN
        RETURN;
    END IF;
    last_seq := _next_seq(p_held.run_id) - 1;
    total := _journal_bytes(p_held.run_id);
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
    SELECT p_held.run_id, last_seq + row_number() OVER (ORDER BY c.place), p_held.path, c.number, false, 1,
           p_now, p_now, c.service, c.method, c.args, p_too_many, c.options,
           total + sum(_entry_bytes(c.args, p_too_many, c.options)) OVER (ORDER BY c.place)
    FROM (
        SELECT n.* FROM unnest(p_number, p_task, p_service, p_method, p_args, p_options)
            WITH ORDINALITY AS n (number, task, service, method, args, options, place)
        WHERE n.task IS NOT NULL
          AND NOT EXISTS (SELECT FROM call_journal j
                          WHERE j.run_id = p_held.run_id AND j.frame = p_held.path AND j.call_number = n.number)
          AND NOT EXISTS (SELECT FROM stack_runs s
                          WHERE s.run_id = p_held.run_id AND s.path = p_held.path || '.' || n.number)
        ORDER BY n.place OFFSET greatest(room, 0)
    ) AS c;
END $$;
