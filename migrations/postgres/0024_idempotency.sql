-- Applied once, by the app itself. Idempotency keys, which live on when their runs are deleted.
CREATE TABLE IF NOT EXISTS tasker.idempotency_keys (
    task_name TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    run_id UUID NOT NULL,
    -- From then on it may be used again, unless its run still goes on.
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (task_name, idempotency_key)
);

-- Forgetting keys whose time is up.
CREATE INDEX IF NOT EXISTS idempotency_keys_expired
    ON tasker.idempotency_keys (expires_at, task_name, idempotency_key);

INSERT INTO tasker.idempotency_keys (task_name, idempotency_key, run_id, expires_at)
    SELECT task_name, idempotency_key, id, created_at + 2592000000 FROM tasker.task_runs
    WHERE idempotency_key IS NOT NULL
    ON CONFLICT DO NOTHING;
DROP INDEX IF EXISTS tasker.task_runs_idempotency;

INSERT INTO tasker.migrations (version) VALUES (24) ON CONFLICT DO NOTHING;
