-- Applied once, by the app itself. Idempotency keys, which live on when their runs are deleted.
CREATE TABLE idempotency_keys (
    task_name TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    run_id TEXT NOT NULL,
    -- From then on it may be used again, unless its run still goes on.
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (task_name, idempotency_key)
) STRICT, WITHOUT ROWID;

-- Forgetting keys whose time is up.
CREATE INDEX idempotency_keys_expired ON idempotency_keys (expires_at);

INSERT INTO idempotency_keys (task_name, idempotency_key, run_id, expires_at)
    SELECT task_name, idempotency_key, id, created_at + 2592000000 FROM task_runs
    WHERE idempotency_key IS NOT NULL;
DROP INDEX task_runs_idempotency;

INSERT OR IGNORE INTO migrations (version) VALUES (24);
