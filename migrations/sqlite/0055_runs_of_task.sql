-- Applied once, by the app itself. The runs of a task with a status, newest first, however many it has of others;
-- counting runs by task and status walks over it too.
DROP INDEX task_runs_counts;
CREATE INDEX task_runs_counts ON task_runs (task_name, status, id);

INSERT OR IGNORE INTO migrations (version) VALUES (55);
