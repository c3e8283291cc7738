-- Times are milliseconds since the Unix epoch; ids are UUIDs as text; values are JSON text.
-- The script may be applied any number of times, by any number of processes. Wide columns stand
-- last, so that reading or changing the others need not walk over them.

-- Room that nothing fills is given back to the disk, in steps. It counts for a new file alone, and only as the first statement.
PRAGMA auto_vacuum = INCREMENTAL;

-- Which migrations the database has. Version 0 stands for the write-ahead log, which no script can
-- switch on and which the app switches on by itself.
CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY
) STRICT;

-- Published tasks, all versions; a run keeps the one that it began with.
CREATE TABLE IF NOT EXISTS task_functions (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    created_at INTEGER NOT NULL,
    description TEXT,
    input_schema TEXT,
    code TEXT NOT NULL,
    modules TEXT NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;

-- Looking a task up by name; listing tasks. At most one version of a task is current.
CREATE UNIQUE INDEX IF NOT EXISTS task_functions_current ON task_functions (name) WHERE is_current = 1;

-- The persistent record of each run. `status` is never 'suspended' here: whether a live run sleeps
-- is read from its stack runs.
CREATE TABLE IF NOT EXISTS task_runs (
    id TEXT NOT NULL PRIMARY KEY,
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
    idempotency_key TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    input TEXT NOT NULL,
    result TEXT,
    error TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version),
    CHECK ((status = 'completed') = (result IS NOT NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (error IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;

-- Submitting with an idempotency key.
CREATE UNIQUE INDEX IF NOT EXISTS task_runs_idempotency ON task_runs (task_name, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- Listing runs of a task, newest first.
CREATE INDEX IF NOT EXISTS task_runs_task ON task_runs (task_name, id);
-- Listing runs by status, newest first; counting them for metrics.
CREATE INDEX IF NOT EXISTS task_runs_status ON task_runs (status, id);

-- What is alive: a row for each frame and each queued call. A row goes when it has settled, and
-- all that it had still out goes with it.
CREATE TABLE IF NOT EXISTS stack_runs (
    id TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    -- NULL for the root frame.
    parent_id TEXT REFERENCES stack_runs (id) ON DELETE CASCADE,
    call_number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('frame', 'call')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'suspended')),
    attempt INTEGER NOT NULL DEFAULT 0,
    run_after INTEGER NOT NULL,
    lease_token INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Frames only: the task, when its clock began, and how many of its log lines are stored.
    task_name TEXT,
    task_version TEXT,
    started_at INTEGER,
    log_count INTEGER NOT NULL DEFAULT 0,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    -- The root frame has neither: its input is the run's.
    args TEXT,
    input TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version),
    CHECK ((status = 'processing') = (lease_expires_at IS NOT NULL)),
    CHECK (kind = 'frame' OR status <> 'suspended'),
    CHECK ((kind = 'frame') = (task_name IS NOT NULL)),
    CHECK ((parent_id IS NULL) = (args IS NULL))
) STRICT;

-- Showing a run's stack; making a child at most once.
CREATE UNIQUE INDEX IF NOT EXISTS stack_runs_path ON stack_runs (run_id, path);
-- The cascade from a frame to its children (which uses no partial index); which of its calls are
-- queued.
CREATE INDEX IF NOT EXISTS stack_runs_parent ON stack_runs (parent_id, call_number);
-- Claiming: the frames and calls that have been due the longest.
CREATE INDEX IF NOT EXISTS stack_runs_pending ON stack_runs (kind, run_after, id) WHERE status = 'pending';
-- Whether a run is being worked on; sweeping expired leases (there are never more rows here than
-- the drainers can work on at once).
CREATE INDEX IF NOT EXISTS stack_runs_processing ON stack_runs (run_id, lease_expires_at, id)
    WHERE status = 'processing';
-- Sweeping: sleeping frames that should have been woken.
CREATE INDEX IF NOT EXISTS stack_runs_suspended ON stack_runs (id) WHERE status = 'suspended';

-- The VM state of sleeping frames, apart from their rows so that a claim does not rewrite it.
CREATE TABLE IF NOT EXISTS snapshots (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    raw_bytes INTEGER NOT NULL,
    engine TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- Calls that were out, made by the slice itself, when the snapshot was taken: a JSON array.
    in_flight TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- Every settled call. Append-only, but for the position of an entry that its frame has not seen.
CREATE TABLE IF NOT EXISTS call_journal (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    -- The order in which the run's calls settled, from 1 without gaps: paging through its history.
    seq INTEGER NOT NULL,
    frame TEXT NOT NULL,
    call_number INTEGER NOT NULL,
    -- The order in which the frame saw its calls settle, from 1; NULL until it has.
    position INTEGER,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    attempts INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    args TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- A call settles at most once.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_call ON call_journal (run_id, frame, call_number);
-- Waking a frame: the entries after its snapshot, and those that it has not seen.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_position ON call_journal (run_id, frame, position);

-- What tasks log.
CREATE TABLE IF NOT EXISTS run_logs (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    frame TEXT NOT NULL,
    line_index INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    -- Bytes of all messages of the run up to this one: what the bound on a run's log is held to.
    total_bytes INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- The drainers at work: as many slots as there may be drainers.
CREATE TABLE IF NOT EXISTS drainers (
    slot INTEGER PRIMARY KEY,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- One row: when the queue was last swept, and up to which sleeping frame (in the order of ids; empty:
-- from the start) the sweeps have looked.
CREATE TABLE IF NOT EXISTS sweeps (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    swept_at INTEGER NOT NULL,
    looked_up_to TEXT NOT NULL
) STRICT;

-- Encrypted values. `revision` counts the writes of a key.
CREATE TABLE IF NOT EXISTS keystore (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO migrations (version) VALUES (1);
