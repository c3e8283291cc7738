-- Applied once, by the app itself. Schedules: when which task is run by itself.
CREATE TABLE IF NOT EXISTS tasker.schedules (
    name TEXT COLLATE "C" PRIMARY KEY,
    task_name TEXT COLLATE "C" NOT NULL,
    -- Whether the API made it or the task's code declares it.
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('api', 'code')),
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    overlap TEXT COLLATE "C" NOT NULL CHECK (overlap IN ('skip', 'queue', 'allow', 'cancel-previous')),
    catch_up TEXT COLLATE "C" NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
    is_paused BOOLEAN NOT NULL,
    -- NULL: it never fires again.
    next_at BIGINT,
    -- The moment whose run waits for the one before to end.
    queued_for BIGINT,
    last_at BIGINT,
    last_run UUID,
    last_problem TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    input TEXT NOT NULL
);

-- Sweeping: the schedules whose moment has come.
CREATE INDEX IF NOT EXISTS schedules_due ON tasker.schedules (next_at, name) WHERE NOT is_paused;
-- Sweeping: those with a run that waits.
CREATE INDEX IF NOT EXISTS schedules_queued ON tasker.schedules (name) WHERE queued_for IS NOT NULL;
-- Publishing and withdrawing a task: what its code declared.
CREATE INDEX IF NOT EXISTS schedules_task ON tasker.schedules (task_name, name) WHERE origin = 'code';

-- The schedule that made the run.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS schedule TEXT COLLATE "C";

-- Firing: the runs of a schedule that go on.
CREATE INDEX IF NOT EXISTS task_runs_schedule ON tasker.task_runs (schedule, id)
    WHERE schedule IS NOT NULL AND finished_at IS NULL;

INSERT INTO tasker.migrations (version) VALUES (20) ON CONFLICT DO NOTHING;
