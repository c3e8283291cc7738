-- Applied once, by the app itself. Runs that are stopped, and moments at which something has had its
-- time.

-- When the run is stopped if it has not ended by then.
ALTER TABLE task_runs ADD COLUMN deadline INTEGER;
-- How the run ends and with what error since it is being stopped, and why: JSON objects.
ALTER TABLE task_runs ADD COLUMN stop_status TEXT;
ALTER TABLE task_runs ADD COLUMN stop_error TEXT;
ALTER TABLE task_runs ADD COLUMN stop TEXT;

-- When the row has had its time. A root frame's is its run's deadline, or the end of its grace when it
-- is being stopped.
ALTER TABLE stack_runs ADD COLUMN expires_at INTEGER;
-- Whether a frame that was in a VM, or about to be, has yet to learn that its run is being stopped.
ALTER TABLE stack_runs ADD COLUMN stop_untold INTEGER NOT NULL DEFAULT 0;

-- What has had its time, and when the next row will.
CREATE INDEX stack_runs_expires ON stack_runs (expires_at, id) WHERE expires_at IS NOT NULL;

INSERT OR IGNORE INTO migrations (version) VALUES (12);
