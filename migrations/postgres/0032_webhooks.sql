-- Applied once, by the app itself. Who is told when a run ends. A row is made with its run.
CREATE TABLE IF NOT EXISTS tasker.webhooks (
    run_id UUID PRIMARY KEY REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'pending', 'delivered', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    -- While pending: not before; while it is being told: when it may be tried again.
    next_at BIGINT,
    delivered_at BIGINT,
    error TEXT,
    url TEXT NOT NULL,
    CHECK ((state = 'pending') = (next_at IS NOT NULL)),
    CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
);

-- Telling what is due.
CREATE INDEX IF NOT EXISTS webhooks_due ON tasker.webhooks (next_at, run_id) WHERE state = 'pending';

INSERT INTO tasker.migrations (version) VALUES (32) ON CONFLICT DO NOTHING;
