-- Views for people and their tools: times as timestamps, values as JSONB. Tasker itself uses none of
-- them. The script may be applied any number of times, as the others.

-- JSON text as JSONB. What JSONB cannot hold (a NUL, half a surrogate pair) is shown as it is written.
CREATE OR REPLACE FUNCTION tasker.as_json(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN to_jsonb(value);
END $$;

CREATE OR REPLACE FUNCTION tasker.as_time(ms bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT to_timestamp(ms / 1000.0)';

-- All runs, as the API shows them.
CREATE OR REPLACE VIEW tasker.runs AS
SELECT r.id, r.task_name AS task, r.task_version AS version,
       CASE WHEN r.paused_at IS NOT NULL THEN 'paused'
            WHEN r.status = 'processing' AND NOT EXISTS (
                SELECT FROM tasker.stack_runs s WHERE s.run_id = r.id AND s.status = 'processing')
            THEN 'suspended' ELSE r.status END AS status,
       tasker.as_json(r.input) AS input, tasker.as_json(r.result) AS result,
       tasker.as_json(r.error) AS error, r.idempotency_key, r.schedule, r.priority, r.retry_of,
       r.slot_scope IS NOT NULL AND r.slot = 1 AND r.finished_at IS NULL AS is_held,
       tasker.as_json(r.stop) AS stop, tasker.as_time(r.created_at) AS created_at,
       tasker.as_time(r.run_at) AS run_at, tasker.as_time(r.deadline) AS deadline,
       tasker.as_time(r.paused_at) AS paused_at, tasker.as_time(r.started_at) AS started_at,
       tasker.as_time(r.finished_at) AS finished_at
FROM tasker.task_runs r;

-- The names of a call's method, with dots between them.
CREATE OR REPLACE FUNCTION tasker.as_method(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT string_agg(part, ''.'') FROM jsonb_array_elements_text(tasker.as_json(value)) AS part';

-- Every settled call of every run.
CREATE OR REPLACE VIEW tasker.calls AS
SELECT j.run_id, j.seq, j.frame, j.call_number AS number, j.service,
       tasker.as_method(j.method) AS method, tasker.as_json(j.args) AS args,
       tasker.as_json(j.options) AS options, j.ok, tasker.as_json(j.value) AS value, j.attempts,
       tasker.as_time(j.started_at) AS started_at, tasker.as_time(j.finished_at) AS finished_at
FROM tasker.call_journal j;

-- Attempts of calls that failed and were not the last.
CREATE OR REPLACE VIEW tasker.failed_attempts AS
SELECT a.run_id, a.path, a.attempt, tasker.as_json(a.error) AS error,
       tasker.as_time(a.started_at) AS started_at, tasker.as_time(a.finished_at) AS finished_at,
       tasker.as_time(a.next_at) AS next_at
FROM tasker.call_attempts a;

-- What is alive: frames and queued calls.
CREATE OR REPLACE VIEW tasker.queue AS
SELECT s.id, s.run_id, s.path, s.kind, coalesce(s.task_name, s.service) AS runs, s.status, s.attempt,
       s.paused AS is_paused, tasker.as_time(s.run_after) AS due_at,
       tasker.as_time(s.expires_at) AS expires_at, s.lease_owner,
       tasker.as_time(s.lease_expires_at) AS lease_expires_at,
       octet_length(p.bytes) AS snapshot_bytes, tasker.as_time(s.updated_at) AS updated_at
FROM tasker.stack_runs s LEFT JOIN tasker.snapshots p ON p.stack_run_id = s.id;

-- Which runs sleep until when.
CREATE OR REPLACE VIEW tasker.timers AS
SELECT s.run_id, r.task_name AS task, s.path, tasker.as_method(s.method) AS method,
       tasker.as_time((tasker.as_json(s.args) ->> 0)::bigint) AS until, tasker.as_time(s.created_at) AS created_at
FROM tasker.stack_runs s JOIN tasker.task_runs r ON r.id = s.run_id
WHERE s.kind = 'call' AND s.service = 'timer';

-- Which runs wait for which event.
CREATE OR REPLACE VIEW tasker.waiting AS
SELECT w.run_id, r.task_name AS task, s.path, w.name AS event, tasker.as_json(s.args) #> '{1,match}' AS match,
       tasker.as_time((tasker.as_json(s.args) #>> '{1,until}')::bigint) AS until,
       tasker.as_time(s.created_at) AS created_at
FROM tasker.event_waits w
JOIN tasker.stack_runs s ON s.id = w.stack_run_id
JOIN tasker.task_runs r ON r.id = w.run_id;

-- What was sent, as long as it is kept, and to how many runs it has come.
CREATE OR REPLACE VIEW tasker.sent_events AS
SELECT e.id, e.name, e.run_id, tasker.as_json(e.data) AS data,
       CASE WHEN e.run_id IS NOT NULL THEN e.is_taken::int
            ELSE (SELECT count(*) FROM tasker.event_receipts t WHERE t.event_seq = e.seq) END AS receivers,
       tasker.as_time(e.sent_at) AS sent_at, tasker.as_time(e.expires_at) AS expires_at
FROM tasker.events e;

-- When which task is run by itself.
CREATE OR REPLACE VIEW tasker.timetable AS
SELECT s.name, s.task_name AS task, s.origin, s.cron, s.time_zone, s.overlap, s.catch_up, s.is_paused,
       tasker.as_json(s.input) AS input, tasker.as_time(s.next_at) AS next_at,
       tasker.as_time(s.queued_for) AS queued_for, tasker.as_time(s.last_at) AS last_at, s.last_run,
       s.last_problem
FROM tasker.schedules s;

-- Who is told of the end of which run.
CREATE OR REPLACE VIEW tasker.deliveries AS
SELECT w.run_id, w.url, w.state, w.attempts, w.error, tasker.as_time(w.next_at) AS next_at,
       tasker.as_time(w.delivered_at) AS delivered_at
FROM tasker.webhooks w;

-- What tasks log.
CREATE OR REPLACE VIEW tasker.log_lines AS
SELECT run_id, seq, frame, tasker.as_time(at) AS at, level, message FROM tasker.run_logs;

INSERT INTO tasker.migrations (version) VALUES (40) ON CONFLICT DO NOTHING;
