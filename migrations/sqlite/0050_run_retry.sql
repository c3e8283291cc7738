-- Applied once, by the app itself. Runs that are begun again after they have failed.

-- Which attempt it is. The root frame of attempt n has the path n - 1, so that journals and logs of attempts are
-- apart.
ALTER TABLE task_runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
-- After which errors it is begun again and with what pauses: a JSON object. NULL: never.
ALTER TABLE task_runs ADD COLUMN retry TEXT;
-- The attempts before: a JSON array.
ALTER TABLE task_runs ADD COLUMN failures TEXT;
-- How often a run of the version is tried, if whoever submits it does not say.
ALTER TABLE task_settings ADD COLUMN attempts INTEGER;

-- Beginning again: what events an attempt has taken.
CREATE INDEX events_taken ON events (run_id) WHERE is_taken = 1;
CREATE INDEX event_receipts_run ON event_receipts (run_id);

INSERT OR IGNORE INTO migrations (version) VALUES (50);
