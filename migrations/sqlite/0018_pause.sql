-- Applied once, by the app itself. Runs that are paused.

-- Since when it is paused; NULL: it is not, or has ended.
ALTER TABLE task_runs ADD COLUMN paused_at INTEGER;
-- Whether its run is paused: such a row is not claimed.
ALTER TABLE stack_runs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;

-- Listing paused runs, newest first.
CREATE INDEX task_runs_paused ON task_runs (id) WHERE paused_at IS NOT NULL;

-- Listing runs by status, newest first; counting them for metrics.
DROP INDEX task_runs_status;
CREATE INDEX task_runs_status ON task_runs (status, id, paused_at);

-- Claiming: the frames and calls that have been due the longest and whose run is not paused.
DROP INDEX stack_runs_pending;
CREATE INDEX stack_runs_pending ON stack_runs (kind, run_after, id)
    WHERE status = 'pending' AND paused = 0;

INSERT OR IGNORE INTO migrations (version) VALUES (18);
