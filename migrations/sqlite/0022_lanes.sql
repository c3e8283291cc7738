-- Applied once, by the app itself. The order in which rows are claimed: lane by lane in turn.

-- The run's priority as three digits (000 for 100, 200 for -100), and its task. All rows of a run
-- are in one lane.
ALTER TABLE stack_runs ADD COLUMN lane TEXT NOT NULL DEFAULT '100';
UPDATE stack_runs SET lane = '100' || (SELECT r.task_name FROM task_runs r WHERE r.id = stack_runs.run_id);

-- Claiming: which lanes have pending rows whose run is not paused, and those of a lane that have been due the longest.
CREATE INDEX stack_runs_lanes ON stack_runs (kind, lane, run_after, id)
    WHERE status = 'pending' AND paused = 0;

INSERT OR IGNORE INTO migrations (version) VALUES (22);
