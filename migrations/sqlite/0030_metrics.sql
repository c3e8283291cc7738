-- Applied once, by the app itself. What the components have measured, added up: a row for each bucket
-- of each histogram, and for each counter.
CREATE TABLE figures (
    metric TEXT NOT NULL,
    label TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    -- In microseconds or bytes.
    sum INTEGER NOT NULL,
    PRIMARY KEY (metric, label, bucket)
) STRICT, WITHOUT ROWID;

-- Counting runs by task and status, for metrics: a walk over this index alone.
CREATE INDEX task_runs_counts ON task_runs (task_name, status);

INSERT OR IGNORE INTO migrations (version) VALUES (30);
