-- Applied once, by the app itself. When a run that was submitted for later is to begin.
ALTER TABLE task_runs ADD COLUMN run_at INTEGER;

INSERT OR IGNORE INTO migrations (version) VALUES (10);
