-- Applied once, by the app itself. The run's span in the trace that it was submitted with: a W3C
-- `traceparent`. NULL for a run that is older than this column; its trace is then named by its own id.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS trace TEXT;

INSERT INTO tasker.migrations (version) VALUES (31) ON CONFLICT DO NOTHING;
