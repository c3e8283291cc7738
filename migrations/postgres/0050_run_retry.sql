-- Applied once, by the app itself. Runs that are begun again after they have failed.

-- Which attempt it is. The root frame of attempt n has the path n - 1, so that journals and logs of attempts are
-- apart.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS attempt BIGINT NOT NULL DEFAULT 1;
-- After which errors it is begun again and with what pauses: a JSON object. NULL: never.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS retry TEXT;
-- The attempts before: a JSON array.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS failures TEXT;
-- How often a run of the version is tried, if whoever submits it does not say.
ALTER TABLE tasker.task_settings ADD COLUMN IF NOT EXISTS attempts BIGINT;

-- Beginning again: what events an attempt has taken.
CREATE INDEX IF NOT EXISTS events_taken ON tasker.events (run_id) WHERE is_taken;
CREATE INDEX IF NOT EXISTS event_receipts_run ON tasker.event_receipts (run_id);

-- For people: the attempts of runs that failed and were not the last.
CREATE OR REPLACE VIEW tasker.failed_runs AS
SELECT r.id AS run_id, r.task_name AS task, (f.attempt ->> 'attempt')::bigint AS attempt,
       f.attempt -> 'error' AS error, tasker.as_time((f.attempt ->> 'startedAt')::bigint) AS started_at,
       tasker.as_time((f.attempt ->> 'finishedAt')::bigint) AS finished_at,
       tasker.as_time((f.attempt ->> 'nextAt')::bigint) AS next_at
FROM tasker.task_runs r, jsonb_path_query(tasker.as_json(r.failures), '$[*] ? (@.type() == "object")') AS f (attempt);

INSERT INTO tasker.migrations (version) VALUES (50) ON CONFLICT DO NOTHING;
