-- Applied once, by the app itself. What metrics need is kept count of by triggers, so that it is right whoever changes
-- runs, and `GET /metrics` costs the same however many there are.

-- How many runs a task has with a (stored) status.
CREATE TABLE run_counts (
    task_name TEXT NOT NULL,
    status TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (task_name, status)
) STRICT, WITHOUT ROWID;

INSERT INTO run_counts (task_name, status, runs)
    SELECT task_name, status, count(*) FROM task_runs GROUP BY task_name, status;

CREATE TRIGGER run_counts_made AFTER INSERT ON task_runs BEGIN
    INSERT INTO run_counts (task_name, status, runs) VALUES (NEW.task_name, NEW.status, 1)
    ON CONFLICT (task_name, status) DO UPDATE SET runs = runs + 1;
END;

CREATE TRIGGER run_counts_moved AFTER UPDATE OF status ON task_runs WHEN OLD.status <> NEW.status BEGIN
    UPDATE run_counts SET runs = runs - 1 WHERE task_name = OLD.task_name AND status = OLD.status;
    INSERT INTO run_counts (task_name, status, runs) VALUES (NEW.task_name, NEW.status, 1)
    ON CONFLICT (task_name, status) DO UPDATE SET runs = runs + 1;
END;

CREATE TRIGGER run_counts_gone AFTER DELETE ON task_runs BEGIN
    UPDATE run_counts SET runs = runs - 1 WHERE task_name = OLD.task_name AND status = OLD.status;
END;

-- The histogram `tasker_run_seconds`: from the moment when a run may begin to its end, in milliseconds. Its bounds stand in
-- figures.rs too.
CREATE TRIGGER figures_run_ended AFTER UPDATE OF status ON task_runs
WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL BEGIN
    INSERT INTO figures (metric, label, bucket, count, sum)
    SELECT 'tasker_run_seconds', NEW.status,
           (ms > 100) + (ms > 1000) + (ms > 5000) + (ms > 15000) + (ms > 60000) + (ms > 300000) + (ms > 1800000)
           + (ms > 7200000) + (ms > 43200000) + (ms > 86400000) + (ms > 604800000) + (ms > 2592000000),
           1, ms
    FROM (SELECT max(NEW.finished_at - coalesce(NEW.run_at, NEW.created_at), 0) AS ms) WHERE true
    ON CONFLICT (metric, label, bucket) DO UPDATE SET count = count + 1, sum = sum + excluded.sum;
END;

-- When it was last tried whether the database can be written.
ALTER TABLE sweeps ADD COLUMN probed_at INTEGER NOT NULL DEFAULT 0;

INSERT OR IGNORE INTO migrations (version) VALUES (60);
