-- Applied once, by the app itself. The run's span in the trace that it was submitted with: a W3C
-- `traceparent`. NULL for a run that is older than this column; its trace is then named by its own id.
ALTER TABLE task_runs ADD COLUMN trace TEXT;

INSERT OR IGNORE INTO migrations (version) VALUES (31);
