-- Applied once, by the app itself. What the components have measured, added up: a row for each bucket
-- of each histogram, and for each counter. Many add at once: each to the rows of its shard.
CREATE TABLE IF NOT EXISTS tasker.figures (
    metric TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    bucket BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    count BIGINT NOT NULL,
    -- In microseconds or bytes.
    sum BIGINT NOT NULL,
    PRIMARY KEY (metric, label, bucket, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

-- Counting runs by task and status, for metrics: a walk over this index alone.
CREATE INDEX IF NOT EXISTS task_runs_counts ON tasker.task_runs (task_name, status);

INSERT INTO tasker.migrations (version) VALUES (30) ON CONFLICT DO NOTHING;
