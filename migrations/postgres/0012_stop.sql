-- Applied once, by the app itself. Runs that are stopped, and moments at which something has had its
-- time.

-- When the run is stopped if it has not ended by then.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS deadline BIGINT;
-- How the run ends and with what error since it is being stopped, and why: JSON objects.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS stop_status TEXT COLLATE "C";
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS stop_error TEXT;
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS stop TEXT;

-- When the row has had its time. A root frame's is its run's deadline, or the end of its grace when it
-- is being stopped.
ALTER TABLE tasker.stack_runs ADD COLUMN IF NOT EXISTS expires_at BIGINT;
-- Whether a frame that was in a VM, or about to be, has yet to learn that its run is being stopped.
ALTER TABLE tasker.stack_runs ADD COLUMN IF NOT EXISTS stop_untold BOOLEAN NOT NULL DEFAULT false;

-- What has had its time, and when the next row will.
CREATE INDEX IF NOT EXISTS stack_runs_expires ON tasker.stack_runs (expires_at, id)
    WHERE expires_at IS NOT NULL;

INSERT INTO tasker.migrations (version) VALUES (12) ON CONFLICT DO NOTHING;
