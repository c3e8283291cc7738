-- Applied once, by the app itself. What was sent to runs, kept for a time.
CREATE TABLE IF NOT EXISTS tasker.events (
    -- The order in which those of a name were sent.
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The sender's, so that sending again does nothing.
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- NULL: for every run that waits for it. It goes by itself when its time is up, so nothing refers to the run.
    run_id UUID,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Whether the run that it is for has taken it.
    is_taken BOOLEAN NOT NULL DEFAULT false,
    data TEXT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- Sending an event once.
CREATE UNIQUE INDEX IF NOT EXISTS events_id ON tasker.events (id);
-- Early events: those of a name for a run, and for all runs, in their order.
CREATE INDEX IF NOT EXISTS events_name ON tasker.events (name, run_id, seq) WHERE NOT is_taken;
-- Removing those whose time is up.
CREATE INDEX IF NOT EXISTS events_expired ON tasker.events (expires_at, seq);

-- Which runs have taken an event that is for all.
CREATE TABLE IF NOT EXISTS tasker.event_receipts (
    event_seq BIGINT NOT NULL REFERENCES tasker.events (seq) ON DELETE CASCADE,
    run_id UUID NOT NULL,
    PRIMARY KEY (event_seq, run_id)
);

-- The calls that wait for an event and that have looked at all early ones. Rows come and go quickly.
CREATE TABLE IF NOT EXISTS tasker.event_waits (
    stack_run_id UUID PRIMARY KEY REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    run_id UUID NOT NULL,
    -- The order in which they were noted.
    noted BIGINT GENERATED ALWAYS AS IDENTITY
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

-- Finding who waits for an event: of one run, or of all, the first call of each first.
CREATE INDEX IF NOT EXISTS event_waits_name ON tasker.event_waits (name, run_id, stack_run_id);
-- Who was noted while an event was being matched.
CREATE INDEX IF NOT EXISTS event_waits_noted ON tasker.event_waits (name, noted);

INSERT INTO tasker.migrations (version) VALUES (11) ON CONFLICT DO NOTHING;
