-- The records of runs.

-- A run as it is shown: one that has begun sleeps if nobody works on any of its stack runs.
CREATE VIEW shown_runs AS
SELECT id, task_name, task_version, input,
       CASE WHEN paused_at IS NOT NULL THEN 'paused'
            WHEN status = 'processing' AND NOT is_worked_on THEN 'suspended' ELSE status END AS shown,
       result, error, idempotency_key, run_at, attempt, retry, failures, retry_of, deadline, stop, schedule, priority,
       slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL AS is_held, trace,
       created_at, updated_at, started_at, finished_at, status, paused_at, is_worked_on,
       p.at AS progress_at, p.number AS progress_number, p.value AS progress, tags
FROM task_runs r LEFT JOIN run_progress p ON p.run_id = r.id, LATERAL (
    SELECT EXISTS (SELECT FROM stack_runs s WHERE s.run_id = r.id AND s.status = 'processing')
) AS work (is_worked_on);

-- An idempotency key's run, which may have been deleted since.
CREATE VIEW key_owners AS
SELECT k.run_id AS owner, r.id IS NOT NULL AS is_there, r.*, k.task_name AS key_task, k.idempotency_key AS key
FROM idempotency_keys k LEFT JOIN shown_runs r ON r.id = k.run_id;

-- A run to make, as callers describe it in JSON.
CREATE TYPE new_run AS (
    id uuid, frame uuid, task text, version text, idempotency_key text, key_expires_at bigint, input text,
    run_at bigint, deadline bigint, retry_of uuid, schedule text, priority bigint, lane text,
    retention_ms bigint, slot_scope text, slot_limit bigint, webhook text, trace text, retry text, versions_of uuid,
    starter uuid, starts_max bigint, tags text
);

-- Answers no row if a run was made, else the run that has the key; or one without an owner if the run that starts it has
-- started as many as it may. One that was made by the same call before is no further one.
CREATE FUNCTION submit(p_run text, p_now bigint) RETURNS SETOF key_owners LANGUAGE plpgsql AS $$
DECLARE
    run new_run := json_populate_record(NULL::new_run, p_run::json);
    refused key_owners;
BEGIN
    IF run.starter IS NOT NULL THEN
        PERFORM FROM task_runs WHERE id = run.starter FOR NO KEY UPDATE;
        IF EXISTS (SELECT FROM task_runs WHERE id = run.starter AND starts >= run.starts_max)
           AND NOT EXISTS (SELECT FROM idempotency_keys k
                           WHERE k.task_name = run.task AND k.idempotency_key = run.idempotency_key) THEN
            refused.is_there := false;
            RETURN NEXT refused;
            RETURN;
        END IF;
    END IF;
    -- Firing holds the schedule before it counts slots, as is done here.
    IF run.schedule IS NOT NULL THEN
        PERFORM FROM schedules WHERE name = run.schedule FOR NO KEY UPDATE;
    END IF;
    IF _begin(run, p_now) THEN
        UPDATE task_runs SET starts = starts + 1 WHERE id = run.starter;
        UPDATE schedules SET last_run = run.id WHERE name = run.schedule;
    ELSE
        RETURN QUERY SELECT * FROM key_owners k WHERE k.key_task = run.task AND k.key = run.idempotency_key;
    END IF;
END $$;

-- Makes a run's record and its pending root frame. `false`: its idempotency key has been used.
CREATE FUNCTION _begin(p_run new_run, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    due bigint := coalesce(p_run.run_at, p_now);
BEGIN
    -- A key is taken by whoever comes first; again once its time is up and its run does not go on.
    IF p_run.idempotency_key IS NOT NULL THEN
        INSERT INTO idempotency_keys AS k (task_name, idempotency_key, run_id, expires_at)
        VALUES (p_run.task, p_run.idempotency_key, p_run.id, p_run.key_expires_at)
        ON CONFLICT (task_name, idempotency_key) DO UPDATE SET
            run_id = excluded.run_id, expires_at = excluded.expires_at
        WHERE k.expires_at <= p_now AND NOT EXISTS (
            SELECT FROM task_runs r WHERE r.id = k.run_id AND r.finished_at IS NULL);
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    INSERT INTO task_runs
        (id, task_name, task_version, status, idempotency_key, created_at, updated_at, input, run_at,
         schedule, priority, retention_ms, slot_scope, slot_limit, deadline, retry_of, trace, retry,
         versions_at, tags)
    VALUES (p_run.id, p_run.task, p_run.version, 'queued', p_run.idempotency_key, p_now, p_now, p_run.input,
            p_run.run_at, p_run.schedule, p_run.priority, p_run.retention_ms, p_run.slot_scope,
            p_run.slot_limit, p_run.deadline, p_run.retry_of, p_run.trace, p_run.retry,
            (SELECT coalesce(o.versions_at, o.created_at) FROM task_runs o WHERE o.id = p_run.versions_of),
            p_run.tags);
    IF p_run.tags IS NOT NULL THEN
        INSERT INTO run_tags (run_id, tag) SELECT p_run.id, e.value FROM json_each(p_run.tags) AS e;
    END IF;
    -- One that begins later asks for its slot then.
    IF p_run.slot_scope IS NOT NULL AND due <= p_now AND NOT _admit(p_run.id) THEN
        due := :held;
    END IF;
    INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, service, method, lane, expires_at)
    VALUES (p_run.frame, p_run.id, '0', 0, 'frame', 'pending', due, p_now, p_now, p_run.task, p_run.version,
            'tasks', '["execute"]', p_run.lane, p_run.deadline);
    IF p_run.webhook IS NOT NULL THEN
        INSERT INTO webhooks (run_id, state, url) VALUES (p_run.id, 'waiting', p_run.webhook);
    END IF;
    RETURN true;
END $$;

-- What follows the end of a run, in the transaction that ends it: its webhook is due, and so are the calls that wait
-- for it; the next one goes on that waits for its slot.
CREATE FUNCTION _has_ended(p_run uuid, p_scope text, p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE webhooks SET state = 'pending', next_at = p_now WHERE run_id = p_run AND state = 'waiting';
    UPDATE stack_runs s SET run_after = p_now, updated_at = p_now
    WHERE s.id IN (SELECT w.stack_run_id FROM run_waits w WHERE w.run_id = p_run) AND s.status = 'pending';
    DELETE FROM run_waits w WHERE w.run_id = p_run;
    IF p_scope IS NOT NULL THEN
        PERFORM _release(p_scope, p_now);
    END IF;
END $$;

CREATE FUNCTION run(p_id uuid) RETURNS SETOF shown_runs LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM shown_runs WHERE id = p_id;
END $$;

CREATE FUNCTION mark(p_id uuid)
RETURNS TABLE (shown text, calls bigint, lines bigint, progress bigint, tags bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.shown,
           (SELECT coalesce(max(j.seq), 0) FROM call_journal j WHERE j.run_id = r.id),
           (SELECT coalesce(max(l.seq), 0) FROM run_logs l WHERE l.run_id = r.id),
           coalesce((SELECT p.revision FROM run_progress p WHERE p.run_id = r.id), 0),
           json_array_length(coalesce(r.tags, '[]')::json)::bigint
    FROM shown_runs r WHERE r.id = p_id;
END $$;

-- Each filter has a plan of its own. Those that have not ended are found by each status that they may have, so
-- that those that have ended cost nothing. Inputs and results may be large, and are left out.
CREATE FUNCTION runs(p_before uuid, p_limit bigint, p_status text, p_task text, p_live boolean, p_tag text)
RETURNS SETOF shown_runs LANGUAGE plpgsql STABLE AS $$
DECLARE
    of_task text := CASE WHEN p_task IS NULL THEN '' ELSE ' AND task_name = $4' END;
    listed text :=
        'SELECT id, task_name, task_version, ''''::text, shown, NULL::text, error, idempotency_key, run_at, attempt, retry,
                failures, retry_of, deadline, stop, schedule, priority, is_held, trace, created_at, updated_at, started_at,
                finished_at, status, paused_at, is_worked_on, progress_at, progress_number, progress, tags
         FROM ';
BEGIN
    -- Those with a tag are walked over, whatever else they must be.
    IF p_tag IS NOT NULL THEN
        RETURN QUERY EXECUTE
            listed || 'run_tags t JOIN shown_runs ON id = t.run_id WHERE t.tag = $5 AND t.run_id < $1' || of_task
            || CASE
                   WHEN p_status IS NOT NULL THEN ' AND shown = $3'
                   WHEN p_live THEN ' AND finished_at IS NULL'
                   ELSE ''
               END
            || ' ORDER BY t.run_id DESC LIMIT $2'
            USING p_before, p_limit, p_status, p_task, p_tag;
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        listed || 'shown_runs WHERE id < $1' || of_task
        || CASE
               WHEN p_status IS NULL AND p_live THEN
                   ' AND id IN ((SELECT id FROM task_runs WHERE status = ''queued'' AND id < $1' || of_task
                   || ' ORDER BY id DESC LIMIT $2)
                      UNION ALL (SELECT id FROM task_runs WHERE status = ''processing'' AND id < $1' || of_task
                   || ' ORDER BY id DESC LIMIT $2))'
               WHEN p_status IS NULL THEN ''
               WHEN p_status = 'paused' THEN ' AND paused_at IS NOT NULL'
               WHEN p_status = 'processing' THEN ' AND paused_at IS NULL AND status = $3 AND is_worked_on'
               WHEN p_status = 'suspended' THEN
                   ' AND paused_at IS NULL AND status = ''processing'' AND NOT is_worked_on'
               ELSE ' AND paused_at IS NULL AND status = $3'
           END
        || ' ORDER BY id DESC LIMIT $2'
        USING p_before, p_limit, p_status, p_task;
END $$;

