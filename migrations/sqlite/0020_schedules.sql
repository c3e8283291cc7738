-- Applied once, by the app itself. Schedules: when which task is run by itself.
CREATE TABLE schedules (
    name TEXT NOT NULL PRIMARY KEY,
    task_name TEXT NOT NULL,
    -- Whether the API made it or the task's code declares it.
    origin TEXT NOT NULL CHECK (origin IN ('api', 'code')),
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'allow', 'cancel-previous')),
    catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
    is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1)),
    -- NULL: it never fires again.
    next_at INTEGER,
    -- The moment whose run waits for the one before to end.
    queued_for INTEGER,
    last_at INTEGER,
    last_run TEXT,
    last_problem TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    input TEXT NOT NULL
) STRICT;

-- Sweeping: the schedules whose moment has come.
CREATE INDEX schedules_due ON schedules (next_at, name) WHERE is_paused = 0;
-- Sweeping: those with a run that waits.
CREATE INDEX schedules_queued ON schedules (name) WHERE queued_for IS NOT NULL;
-- Publishing and withdrawing a task: what its code declared.
CREATE INDEX schedules_task ON schedules (task_name, name) WHERE origin = 'code';

-- The schedule that made the run.
ALTER TABLE task_runs ADD COLUMN schedule TEXT;

-- Firing: the runs of a schedule that go on.
CREATE INDEX task_runs_schedule ON task_runs (schedule, id) WHERE schedule IS NOT NULL AND finished_at IS NULL;

INSERT OR IGNORE INTO migrations (version) VALUES (20);
