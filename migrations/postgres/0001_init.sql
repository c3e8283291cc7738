-- Times are milliseconds since the Unix epoch; values that Tasker gives back byte for byte are JSON
-- text. Names and paths are compared by their bytes, whatever the database's own collation is. The
-- script may be applied any number of times; the app applies it by itself.

CREATE SCHEMA IF NOT EXISTS tasker;

-- Which migrations the database has.
CREATE TABLE IF NOT EXISTS tasker.migrations (
    version BIGINT PRIMARY KEY
);

-- Published tasks, all versions; a run keeps the one that it began with.
CREATE TABLE IF NOT EXISTS tasker.task_functions (
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    is_current BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    description TEXT,
    input_schema TEXT,
    code TEXT NOT NULL,
    modules TEXT NOT NULL,
    PRIMARY KEY (name, version)
);

-- Looking a task up by name; listing tasks. At most one version of a task is current.
CREATE UNIQUE INDEX IF NOT EXISTS task_functions_current ON tasker.task_functions (name) WHERE is_current;

-- The persistent record of each run. `status` is never 'suspended' here: whether a live run sleeps
-- is read from its stack runs. Whoever changes what belongs to a run holds its row.
CREATE TABLE IF NOT EXISTS tasker.task_runs (
    id UUID PRIMARY KEY,
    task_name TEXT COLLATE "C" NOT NULL,
    task_version TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
    idempotency_key TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    input TEXT NOT NULL,
    result TEXT,
    error TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version),
    CHECK ((status = 'completed') = (result IS NOT NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (error IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);

-- Submitting with an idempotency key.
CREATE UNIQUE INDEX IF NOT EXISTS task_runs_idempotency ON tasker.task_runs (task_name, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- Listing runs of a task, newest first.
CREATE INDEX IF NOT EXISTS task_runs_task ON tasker.task_runs (task_name, id);
-- Listing runs by status, newest first; counting them for metrics.
CREATE INDEX IF NOT EXISTS task_runs_status ON tasker.task_runs (status, id);

-- What is alive: a row for each frame and each queued call. A row goes when it has settled, and
-- all that it had still out goes with it. Rows come and go quickly: they are vacuumed often.
CREATE TABLE IF NOT EXISTS tasker.stack_runs (
    id UUID PRIMARY KEY,
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    -- NULL for the root frame.
    parent_id UUID REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    call_number BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('frame', 'call')),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'processing', 'suspended')),
    attempt BIGINT NOT NULL DEFAULT 0,
    run_after BIGINT NOT NULL,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Frames only: the task, when its clock began, and how many of its log lines are stored.
    task_name TEXT COLLATE "C",
    task_version TEXT COLLATE "C",
    started_at BIGINT,
    log_count BIGINT NOT NULL DEFAULT 0,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    -- The root frame has neither: its input is the run's.
    args TEXT,
    input TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version),
    CHECK ((status = 'processing') = (lease_expires_at IS NOT NULL)),
    CHECK (kind = 'frame' OR status <> 'suspended'),
    CHECK ((kind = 'frame') = (task_name IS NOT NULL)),
    CHECK ((parent_id IS NULL) = (args IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_analyze_scale_factor = 0.05);

-- Showing a run's stack; making a child at most once.
CREATE UNIQUE INDEX IF NOT EXISTS stack_runs_path ON tasker.stack_runs (run_id, path);
-- The cascade from a frame to its children; which of its calls are queued.
CREATE INDEX IF NOT EXISTS stack_runs_parent ON tasker.stack_runs (parent_id, call_number);
-- Claiming: the frames and calls that have been due the longest.
CREATE INDEX IF NOT EXISTS stack_runs_pending ON tasker.stack_runs (kind, run_after, id) WHERE status = 'pending';
-- Whether a run is being worked on; sweeping expired leases (there are never more rows here than
-- the drainers can work on at once).
CREATE INDEX IF NOT EXISTS stack_runs_processing ON tasker.stack_runs (run_id, lease_expires_at, id)
    WHERE status = 'processing';
-- Sweeping: sleeping frames that should have been woken.
CREATE INDEX IF NOT EXISTS stack_runs_suspended ON tasker.stack_runs (id) WHERE status = 'suspended';

-- The VM state of sleeping frames, apart from their rows so that a claim does not rewrite it.
CREATE TABLE IF NOT EXISTS tasker.snapshots (
    stack_run_id UUID PRIMARY KEY REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    raw_bytes BIGINT NOT NULL,
    engine TEXT NOT NULL,
    position BIGINT NOT NULL,
    -- Calls that were out, made by the slice itself, when the snapshot was taken: a JSON array.
    in_flight TEXT NOT NULL,
    bytes BYTEA NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
-- A snapshot is compressed already.
ALTER TABLE tasker.snapshots ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Every settled call. Append-only, but for the position of an entry that its frame has not seen.
CREATE TABLE IF NOT EXISTS tasker.call_journal (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    -- The order in which the run's calls settled, from 1 without gaps: paging through its history.
    seq BIGINT NOT NULL,
    frame TEXT COLLATE "C" NOT NULL,
    call_number BIGINT NOT NULL,
    -- The order in which the frame saw its calls settle, from 1; NULL until it has.
    position BIGINT,
    ok BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    args TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- A call settles at most once.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_call ON tasker.call_journal (run_id, frame, call_number);
-- Waking a frame: the entries after its snapshot, and those that it has not seen.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_position ON tasker.call_journal (run_id, frame, position);

-- What tasks log.
CREATE TABLE IF NOT EXISTS tasker.run_logs (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    frame TEXT COLLATE "C" NOT NULL,
    line_index BIGINT NOT NULL,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    -- Bytes of all messages of the run up to this one: what the bound on a run's log is held to.
    total_bytes BIGINT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- The drainers at work: as many slots as there may be drainers.
CREATE TABLE IF NOT EXISTS tasker.drainers (
    slot BIGINT PRIMARY KEY,
    token TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- One row: when the queue was last swept, and up to which sleeping frame (in the order of ids; NULL:
-- from the start) the sweeps have looked.
CREATE TABLE IF NOT EXISTS tasker.sweeps (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    swept_at BIGINT NOT NULL,
    looked_up_to UUID
);

-- Encrypted values. `revision` counts the writes of a key.
CREATE TABLE IF NOT EXISTS tasker.keystore (
    namespace TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    ciphertext BYTEA NOT NULL,
    PRIMARY KEY (namespace, key)
);

INSERT INTO tasker.migrations (version) VALUES (1) ON CONFLICT DO NOTHING;
