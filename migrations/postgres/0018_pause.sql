-- Applied once, by the app itself. Runs that are paused.

-- Since when it is paused; NULL: it is not, or has ended.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS paused_at BIGINT;
-- Whether its run is paused: such a row is not claimed.
ALTER TABLE tasker.stack_runs ADD COLUMN IF NOT EXISTS paused BOOLEAN NOT NULL DEFAULT false;

-- Listing paused runs, newest first.
CREATE INDEX IF NOT EXISTS task_runs_paused ON tasker.task_runs (id) WHERE paused_at IS NOT NULL;

-- What is due the soonest of all whose run is not paused.
DROP INDEX IF EXISTS tasker.stack_runs_pending;
CREATE INDEX IF NOT EXISTS stack_runs_pending ON tasker.stack_runs (kind, run_after, id)
    WHERE status = 'pending' AND NOT paused;

INSERT INTO tasker.migrations (version) VALUES (18) ON CONFLICT DO NOTHING;
