-- Applied once, by the app itself. How long runs are kept, and in which order they begin.

-- What the code of a version says of its runs. A version without a row says nothing.
CREATE TABLE IF NOT EXISTS tasker.task_settings (
    task_name TEXT COLLATE "C" NOT NULL,
    task_version TEXT COLLATE "C" NOT NULL,
    retention_ms BIGINT,
    priority BIGINT,
    -- How many runs may go on at once; for each value at a path of the input, if there is one.
    at_once BIGINT,
    at_once_per TEXT,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version)
);

-- How long the run is kept after its end; NULL: as long as the app's setting says.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS retention_ms BIGINT;
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS priority BIGINT NOT NULL DEFAULT 0;

-- Purging: runs by the time of their end, and those that say themselves how long they are kept.
CREATE INDEX IF NOT EXISTS task_runs_ended ON tasker.task_runs (finished_at)
    WHERE finished_at IS NOT NULL AND retention_ms IS NULL;
CREATE INDEX IF NOT EXISTS task_runs_expired ON tasker.task_runs ((finished_at + retention_ms))
    WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL;

-- Up to which task (in the order of names; empty: from the start) the sweeps have cut the number of runs.
ALTER TABLE tasker.sweeps ADD COLUMN IF NOT EXISTS trimmed_up_to TEXT COLLATE "C" NOT NULL DEFAULT '';

INSERT INTO tasker.migrations (version) VALUES (21) ON CONFLICT DO NOTHING;
