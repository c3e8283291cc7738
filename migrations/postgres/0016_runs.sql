-- Applied once, by the app itself.

-- The run that this one is a new attempt of.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS retry_of UUID;
-- How long a run of the task may take, if whoever submits it does not say.
ALTER TABLE tasker.task_functions ADD COLUMN IF NOT EXISTS timeout_ms BIGINT;

INSERT INTO tasker.migrations (version) VALUES (16) ON CONFLICT DO NOTHING;
