-- Applied once, by the app itself. What tasks say about their calls besides, and the attempts that failed.

-- A JSON object.
ALTER TABLE tasker.stack_runs ADD COLUMN IF NOT EXISTS options TEXT;
ALTER TABLE tasker.call_journal ADD COLUMN IF NOT EXISTS options TEXT;

-- Failed attempts of calls that were tried again, kept with the run.
CREATE TABLE IF NOT EXISTS tasker.call_attempts (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    -- Of the call.
    path TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (run_id, path, attempt)
);

INSERT INTO tasker.migrations (version) VALUES (14) ON CONFLICT DO NOTHING;
