-- Applied once, by the app itself. How long runs are kept, and in which order they begin.

-- What the code of a version says of its runs. A version without a row says nothing.
CREATE TABLE task_settings (
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    retention_ms INTEGER,
    priority INTEGER,
    -- How many runs may go on at once; for each value at a path of the input, if there is one.
    at_once INTEGER,
    at_once_per TEXT,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;

-- How long the run is kept after its end; NULL: as long as the app's setting says.
ALTER TABLE task_runs ADD COLUMN retention_ms INTEGER;
ALTER TABLE task_runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

-- Purging: runs by the time of their end, and those that say themselves how long they are kept.
CREATE INDEX task_runs_ended ON task_runs (finished_at) WHERE finished_at IS NOT NULL AND retention_ms IS NULL;
CREATE INDEX task_runs_expired ON task_runs (finished_at + retention_ms)
    WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL;

-- Up to which task (in the order of names; empty: from the start) the sweeps have cut the number of runs.
ALTER TABLE sweeps ADD COLUMN trimmed_up_to TEXT NOT NULL DEFAULT '';

INSERT OR IGNORE INTO migrations (version) VALUES (21);
