-- Applied once, by the app itself. The runs of a task with a status, newest first, however many it has of others;
-- counting runs by task and status walks over it too.
DROP INDEX IF EXISTS tasker.task_runs_counts;
CREATE INDEX IF NOT EXISTS task_runs_counts ON tasker.task_runs (task_name, status, id);

INSERT INTO tasker.migrations (version) VALUES (55) ON CONFLICT DO NOTHING;
