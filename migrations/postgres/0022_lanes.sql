-- Applied once, by the app itself. The order in which rows are claimed: lane by lane in turn.

-- The run's priority as three digits (000 for 100, 200 for -100), and its task. All rows of a run
-- are in one lane.
ALTER TABLE tasker.stack_runs ADD COLUMN IF NOT EXISTS lane TEXT COLLATE "C" NOT NULL DEFAULT '100';
UPDATE tasker.stack_runs s SET lane = '100' || r.task_name
FROM tasker.task_runs r WHERE r.id = s.run_id AND s.lane = '100';

-- Claiming: which lanes have pending rows whose run is not paused, and those of a lane that have been due the longest.
CREATE INDEX IF NOT EXISTS stack_runs_lanes ON tasker.stack_runs (kind, lane, run_after, id)
    WHERE status = 'pending' AND NOT paused;
-- It answers what is due of all lanes as well: one look for each.
DROP INDEX IF EXISTS tasker.stack_runs_pending;

INSERT INTO tasker.migrations (version) VALUES (22) ON CONFLICT DO NOTHING;
