-- Applied once, by the app itself. What metrics need is kept count of by triggers, so that it is right whichever build
-- changes runs, and `GET /metrics` costs the same however many there are.

-- How many runs a task has with a (stored) status: the sum over the shards. Many change runs at once: each counts in the rows
-- of its shard, of which a single one may be negative.
CREATE TABLE tasker.run_counts (
    task_name TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    shard BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    PRIMARY KEY (task_name, status, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

-- Rows are counted in one order within a statement, so that nobody waits in a circle.
CREATE FUNCTION tasker.count_made_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT n.task_name, n.status, pg_backend_pid() % 16, count(*) FROM made n GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    RETURN NULL;
END $$;

CREATE FUNCTION tasker.count_gone_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT o.task_name, o.status, pg_backend_pid() % 16, -count(*) FROM gone o GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    RETURN NULL;
END $$;

-- With the end of a run the histogram `tasker_run_seconds`: from the moment when a run may begin to its end, in
-- milliseconds. Its bounds stand in figures.rs too.
CREATE FUNCTION tasker.count_moved_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ms bigint := greatest(NEW.finished_at - coalesce(NEW.run_at, NEW.created_at), 0);
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT NEW.task_name, m.status, pg_backend_pid() % 16, m.runs
    FROM (VALUES (OLD.status, -1::bigint), (NEW.status, 1::bigint)) AS m (status, runs) ORDER BY 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    IF OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL THEN
        INSERT INTO tasker.figures AS f (metric, label, bucket, shard, count, sum)
        SELECT 'tasker_run_seconds', NEW.status, count(*) FILTER (WHERE ms > b.bound), pg_backend_pid() % 8, 1, ms
        FROM unnest(ARRAY[100, 1000, 5000, 15000, 60000, 300000, 1800000, 7200000, 43200000, 86400000, 604800000,
                          2592000000]::bigint[]) AS b (bound)
        ON CONFLICT (metric, label, bucket, shard) DO UPDATE SET
            count = f.count + excluded.count, sum = f.sum + excluded.sum;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER run_counts_made AFTER INSERT ON tasker.task_runs
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tasker.count_made_runs();
CREATE TRIGGER run_counts_gone AFTER DELETE ON tasker.task_runs
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tasker.count_gone_runs();
CREATE TRIGGER run_counts_moved AFTER UPDATE OF status ON tasker.task_runs
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION tasker.count_moved_run();

-- The triggers hold writers off until this is done.
INSERT INTO tasker.run_counts (task_name, status, shard, runs)
    SELECT r.task_name, r.status, 0, count(*) FROM tasker.task_runs r GROUP BY r.task_name, r.status;

-- When it was last tried whether the database can be written.
ALTER TABLE tasker.sweeps ADD COLUMN probed_at BIGINT NOT NULL DEFAULT 0;

INSERT INTO tasker.migrations (version) VALUES (60) ON CONFLICT DO NOTHING;
