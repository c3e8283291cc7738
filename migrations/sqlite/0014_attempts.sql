-- Applied once, by the app itself. What tasks say about their calls besides, and the attempts that failed.

-- A JSON object.
ALTER TABLE stack_runs ADD COLUMN options TEXT;
ALTER TABLE call_journal ADD COLUMN options TEXT;

-- Failed attempts of calls that were tried again, kept with the run.
CREATE TABLE call_attempts (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    -- Of the call.
    path TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (run_id, path, attempt)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO migrations (version) VALUES (14);
