-- Applied once, by the app itself.

-- The run that this one is a new attempt of.
ALTER TABLE task_runs ADD COLUMN retry_of TEXT;
-- How long a run of the task may take, if whoever submits it does not say.
ALTER TABLE task_functions ADD COLUMN timeout_ms INTEGER;

INSERT OR IGNORE INTO migrations (version) VALUES (16);
