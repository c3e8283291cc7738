-- When a run that was submitted for later is to begin.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS run_at BIGINT;

INSERT INTO tasker.migrations (version) VALUES (10) ON CONFLICT DO NOTHING;
