-- Applied once, by the app itself. Who is told when a run ends. A row is made with its run.
CREATE TABLE webhooks (
    run_id TEXT NOT NULL PRIMARY KEY REFERENCES task_runs (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    -- While pending: not before; while it is being told: when it may be tried again.
    next_at INTEGER,
    delivered_at INTEGER,
    error TEXT,
    url TEXT NOT NULL,
    CHECK ((state = 'pending') = (next_at IS NOT NULL)),
    CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
) STRICT;

-- Telling what is due.
CREATE INDEX webhooks_due ON webhooks (next_at) WHERE state = 'pending';

INSERT OR IGNORE INTO migrations (version) VALUES (32);
