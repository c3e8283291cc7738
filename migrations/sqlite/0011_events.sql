-- Applied once, by the app itself. What was sent to runs, kept for a time.
CREATE TABLE IF NOT EXISTS events (
    -- The order in which they were sent.
    seq INTEGER PRIMARY KEY,
    -- The sender's, so that sending again does nothing.
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- NULL: for every run that waits for it. It goes by itself when its time is up, so nothing refers to the run.
    run_id TEXT,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Whether the run that it is for has taken it.
    is_taken INTEGER NOT NULL DEFAULT 0 CHECK (is_taken IN (0, 1)),
    data TEXT NOT NULL
) STRICT;

-- Sending an event once.
CREATE UNIQUE INDEX IF NOT EXISTS events_id ON events (id);
-- Early events: those of a name for a run, and for all runs, in their order.
CREATE INDEX IF NOT EXISTS events_name ON events (name, run_id, seq) WHERE is_taken = 0;
-- Removing those whose time is up.
CREATE INDEX IF NOT EXISTS events_expired ON events (expires_at);

-- Which runs have taken an event that is for all.
CREATE TABLE IF NOT EXISTS event_receipts (
    event_seq INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    run_id TEXT NOT NULL,
    PRIMARY KEY (event_seq, run_id)
) STRICT, WITHOUT ROWID;

-- The calls that wait for an event and that have looked at all early ones.
CREATE TABLE IF NOT EXISTS event_waits (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    run_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Finding who waits for an event: of one run, or of all, the first call of each first.
CREATE INDEX IF NOT EXISTS event_waits_name ON event_waits (name, run_id, stack_run_id);

INSERT OR IGNORE INTO migrations (version) VALUES (11);
