-- The schema. Times are milliseconds since the Unix epoch; ids are UUIDs as text; values are JSON text.
-- The script may be applied any number of times, by any number of processes.
--
-- A blank line ends a statement, and nothing else may: SQLite takes one at a time. Comments stand before a
-- statement, never in it, because SQLite stores its text and parses it whenever the file is opened. Wide columns
-- stand last, so that reading or changing the others need not walk over them.

-- Room that nothing fills is given back to the disk, in steps. It counts for a new file alone, and only as the
-- first statement.
PRAGMA auto_vacuum = INCREMENTAL;

-- Which schema the database has: the newest version counts. Version 0 stands for the write-ahead log, which no
-- script can switch on and which the app switches on by itself.
CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY
) STRICT;

-- Databases of schemas before 60 are not taken over: this fails on them, before anything is changed.
INSERT INTO migrations (version)
SELECT 'the database is older than schema version 60'
FROM (SELECT max(version) AS newest FROM migrations) WHERE newest BETWEEN 1 AND 59;

-- Published tasks, all versions; a run keeps the one that it began with. `timeout_ms` is how long a run may take
-- if whoever submits it does not say.
CREATE TABLE IF NOT EXISTS task_functions (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    created_at INTEGER NOT NULL,
    timeout_ms INTEGER,
    description TEXT,
    input_schema TEXT,
    code TEXT NOT NULL,
    modules TEXT NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;

-- Looking a task up by name; listing tasks. At most one version of a task is current.
CREATE UNIQUE INDEX IF NOT EXISTS task_functions_current ON task_functions (name) WHERE is_current = 1;

-- Which version of a task was current from when on; NULL: none, it was withdrawn. A run meets the versions that were
-- current when it was submitted.
CREATE TABLE IF NOT EXISTS publications (
    task_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    version TEXT,
    PRIMARY KEY (task_name, at),
    FOREIGN KEY (task_name, version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;

-- What was published before there was this table.
INSERT INTO publications (task_name, at, version)
SELECT name, created_at, version FROM task_functions t
WHERE is_current = 1 AND NOT EXISTS (SELECT 1 FROM publications p WHERE p.task_name = t.name);

-- Which namespaces of the keystore a version of a task may use: a JSON array of patterns. A version
-- without a row declared nothing.
CREATE TABLE IF NOT EXISTS task_grants (
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    namespaces TEXT NOT NULL,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;

-- What the code of a version says of its runs. A version without a row says nothing. `at_once` is how many may
-- go on at once: for each value at the path `at_once_per` of the input, if there is one. `attempts` is how often
-- a run is tried if whoever submits it does not say. `reach` is not about its runs: what it may call and hear, in JSON.
CREATE TABLE IF NOT EXISTS task_settings (
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    retention_ms INTEGER,
    priority INTEGER,
    at_once INTEGER,
    at_once_per TEXT,
    attempts INTEGER,
    reach TEXT,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;

-- The persistent record of each run.
-- `status` is never 'suspended': whether a live run sleeps is read from its stack runs.
-- `run_at`: when a run that was submitted for later is to begin.
-- `deadline`: when the run is stopped if it has not ended by then.
-- `stop_status`, `stop_error`, `stop`: how the run ends and with what error since it is being stopped, and why.
-- `retry_of`: the run that this one was made of, to run it again.
-- `paused_at`: since when it is paused; NULL: it is not, or has ended.
-- `schedule`: the schedule that made it.
-- `retention_ms`: how long it is kept after its end; NULL: as long as the app's setting says.
-- `slot_scope`: what the run shares a limit with: the task, or the task and a key; NULL: it has no limit.
-- `slot`: 0: it has not asked for a slot, 1: it waits for one, 2: it has one, until it ends. Slots are counted,
-- never kept count of.
-- `trace`: the run's span in the trace that it was submitted with: a W3C `traceparent`.
-- `attempt`: the root frame of attempt n has the path n - 1, so that journals and logs of attempts are apart.
-- `retry`: after which errors it is begun again and with what pauses; NULL: never.
-- `failures`: the attempts before: a JSON array.
-- `tags`: a JSON array, in their order; NULL: none.
-- `starts`: how many runs of their own its tasks have started.
-- `versions_at`: the moment whose versions its nested tasks have; NULL: that of its submission.
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
    run_at INTEGER,
    deadline INTEGER,
    paused_at INTEGER,
    retention_ms INTEGER,
    versions_at INTEGER,
    priority INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 1,
    starts INTEGER NOT NULL DEFAULT 0,
    slot INTEGER NOT NULL DEFAULT 0,
    slot_limit INTEGER,
    slot_scope TEXT,
    schedule TEXT,
    retry_of TEXT,
    trace TEXT,
    tags TEXT,
    retry TEXT,
    stop_status TEXT,
    stop_error TEXT,
    stop TEXT,
    failures TEXT,
    input TEXT NOT NULL,
    result TEXT,
    error TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version),
    CHECK ((status = 'completed') = (result IS NOT NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (error IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;

-- Listing runs of a task, newest first.
CREATE INDEX IF NOT EXISTS task_runs_task ON task_runs (task_name, id);

-- Listing runs by status, newest first.
CREATE INDEX IF NOT EXISTS task_runs_status ON task_runs (status, id, paused_at);

-- Listing the runs of a task with a status, newest first, however many it has of others.
CREATE INDEX IF NOT EXISTS task_runs_counts ON task_runs (task_name, status, id);

-- Listing paused runs, newest first.
CREATE INDEX IF NOT EXISTS task_runs_paused ON task_runs (id) WHERE paused_at IS NOT NULL;

-- Firing: the runs of a schedule that go on.
CREATE INDEX IF NOT EXISTS task_runs_schedule ON task_runs (schedule, id) WHERE schedule IS NOT NULL AND finished_at IS NULL;

-- Purging: runs by the time of their end.
CREATE INDEX IF NOT EXISTS task_runs_ended ON task_runs (finished_at) WHERE finished_at IS NOT NULL AND retention_ms IS NULL;

-- Purging: those that say themselves how long they are kept.
CREATE INDEX IF NOT EXISTS task_runs_expired ON task_runs (finished_at + retention_ms)
    WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL;

-- Counting the slots of a scope that are taken; finding who is next.
CREATE INDEX IF NOT EXISTS task_runs_slots ON task_runs (slot_scope, slot, priority DESC, id)
    WHERE slot_scope IS NOT NULL AND finished_at IS NULL;

-- Sweeping: the scopes in which someone waits.
CREATE INDEX IF NOT EXISTS task_runs_held ON task_runs (slot_scope)
    WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL;

-- Idempotency keys, which live on when their runs are deleted. From `expires_at` on a key may be used again,
-- unless its run still goes on.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    task_name TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    run_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (task_name, idempotency_key)
) STRICT, WITHOUT ROWID;

-- Forgetting keys whose time is up.
CREATE INDEX IF NOT EXISTS idempotency_keys_expired ON idempotency_keys (expires_at);

-- What is alive: a row for each frame and each queued call. A row goes when it has settled, and
-- all that it had still out goes with it.
-- `parent_id` is NULL for the root frame, which has neither `args` nor `input`: its input is the run's.
-- `expires_at`: when the row's time is up. A root frame's is its run's deadline, or the end of its grace when it
-- is being stopped.
-- `paused`: whether its run is paused: such a row is not claimed.
-- `lane`: the run's priority as three digits (000 for 100, 200 for -100), and its task. All rows of a run are in
-- one lane.
-- `stop_untold`: whether a frame that was in a VM, or about to be, has yet to learn that its run is being stopped.
-- Frames only: `task_name`, `task_version`; `started_at`, when its clock began; `log_count`, how many of its log
-- lines are stored.
CREATE TABLE IF NOT EXISTS stack_runs (
    id TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    parent_id TEXT REFERENCES stack_runs (id) ON DELETE CASCADE,
    call_number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('frame', 'call')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'suspended')),
    attempt INTEGER NOT NULL DEFAULT 0,
    run_after INTEGER NOT NULL,
    expires_at INTEGER,
    paused INTEGER NOT NULL DEFAULT 0,
    lane TEXT NOT NULL DEFAULT '100',
    lease_token INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    task_name TEXT,
    task_version TEXT,
    started_at INTEGER,
    log_count INTEGER NOT NULL DEFAULT 0,
    stop_untold INTEGER NOT NULL DEFAULT 0,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    options TEXT,
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

-- The cascade from a frame to its children (which uses no partial index); which of its calls are queued.
CREATE INDEX IF NOT EXISTS stack_runs_parent ON stack_runs (parent_id, call_number);

-- What is due the soonest of all whose run is not paused.
CREATE INDEX IF NOT EXISTS stack_runs_pending ON stack_runs (kind, run_after, id)
    WHERE status = 'pending' AND paused = 0;

-- Claiming: which lanes have pending rows whose run is not paused, and those of a lane that have been due the longest.
CREATE INDEX IF NOT EXISTS stack_runs_lanes ON stack_runs (kind, lane, run_after, id)
    WHERE status = 'pending' AND paused = 0;

-- Whether a run is being worked on; sweeping expired leases (there are never more rows here than the drainers
-- can work on at once).
CREATE INDEX IF NOT EXISTS stack_runs_processing ON stack_runs (run_id, lease_expires_at, id)
    WHERE status = 'processing';

-- Sweeping: sleeping frames that should have been woken.
CREATE INDEX IF NOT EXISTS stack_runs_suspended ON stack_runs (id) WHERE status = 'suspended';

-- How many nested tasks of a run are unfinished.
CREATE INDEX IF NOT EXISTS stack_runs_nested ON stack_runs (run_id) WHERE kind = 'frame' AND parent_id IS NOT NULL;

-- Rows whose time is up, and when the next one's will be.
CREATE INDEX IF NOT EXISTS stack_runs_expires ON stack_runs (expires_at, id) WHERE expires_at IS NOT NULL;

-- The VM state of sleeping frames, apart from their rows so that a claim does not rewrite it. `in_flight` are the
-- calls that the slice itself was making when the snapshot was taken: a JSON array.
CREATE TABLE IF NOT EXISTS snapshots (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    raw_bytes INTEGER NOT NULL,
    engine TEXT NOT NULL,
    position INTEGER NOT NULL,
    in_flight TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- Every settled call. Append-only, but for the position of an entry that its frame has not seen.
-- `seq`: the order in which the run's calls settled, from 1 without gaps: paging through its history.
-- `position`: the order in which the frame saw its calls settle, from 1; NULL until it has.
-- `total_bytes`: the bytes of all arguments, options and values of the run up to this entry: what the bound on a run's
-- journal is held to.
CREATE TABLE IF NOT EXISTS call_journal (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    frame TEXT NOT NULL,
    call_number INTEGER NOT NULL,
    position INTEGER,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    attempts INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL DEFAULT 0,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    options TEXT,
    args TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- A call settles at most once.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_call ON call_journal (run_id, frame, call_number);

-- Waking a frame: the entries after its snapshot, and those that it has not seen.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_position ON call_journal (run_id, frame, position);

-- A secret that a task has stored is not kept in clear.
CREATE TRIGGER IF NOT EXISTS call_journal_secrets AFTER INSERT ON call_journal
WHEN NEW.service = 'keystore' AND NEW.method IN ('["set"]', '["setIfAbsent"]') AND json_valid(NEW.args)
    AND json_extract(NEW.args, '$[3].secret') = 1 BEGIN
    UPDATE call_journal SET args = json_set(args, '$[2]', '[hidden]') WHERE run_id = NEW.run_id AND seq = NEW.seq;
END;

-- Attempts of calls that failed and were not the last, by the call's path; kept with the run.
CREATE TABLE IF NOT EXISTS call_attempts (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (run_id, path, attempt)
) STRICT, WITHOUT ROWID;

-- The tags of runs, as their records have them.
CREATE TABLE IF NOT EXISTS run_tags (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;

-- Listing the runs with a tag, newest first.
CREATE INDEX IF NOT EXISTS run_tags_tag ON run_tags (tag, run_id);

-- How far a run is, as its tasks have last said: of what they say the newest is kept.
-- `at`, `number`: when it was said, by the clock of its frame, and how many times the frame had said so by then. What is
-- not greater than they is said again by a replay.
-- `revision` counts the changes.
CREATE TABLE IF NOT EXISTS run_progress (
    run_id TEXT NOT NULL PRIMARY KEY REFERENCES task_runs (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Queued calls that wait for the end of another run, `run_id`.
CREATE TABLE IF NOT EXISTS run_waits (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    run_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Ending a run: what waits for it.
CREATE INDEX IF NOT EXISTS run_waits_run ON run_waits (run_id);

-- What tasks log. `total_bytes` are the bytes of all messages of the run up to this one: what the bound on a
-- run's log is held to.
CREATE TABLE IF NOT EXISTS run_logs (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    frame TEXT NOT NULL,
    line_index INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    total_bytes INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- What was sent to runs, kept for a time.
-- `seq`: the order in which they were sent.
-- `id`: the sender's, so that sending again does nothing.
-- `run_id`: NULL: for every run that waits for it. An event goes by itself when its time is up, so nothing refers
-- to the run.
-- `is_taken`: whether the run that it is for has taken it.
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    run_id TEXT,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    is_taken INTEGER NOT NULL DEFAULT 0 CHECK (is_taken IN (0, 1)),
    data TEXT NOT NULL
) STRICT;

-- Sending an event once.
CREATE UNIQUE INDEX IF NOT EXISTS events_id ON events (id);

-- Early events: those of a name for a run, and for all runs, in their order.
CREATE INDEX IF NOT EXISTS events_name ON events (name, run_id, seq) WHERE is_taken = 0;

-- Removing those whose time is up.
CREATE INDEX IF NOT EXISTS events_expired ON events (expires_at);

-- Beginning a run again: which events its attempt has taken.
CREATE INDEX IF NOT EXISTS events_taken ON events (run_id) WHERE is_taken = 1;

-- Which runs have taken an event that is for all.
CREATE TABLE IF NOT EXISTS event_receipts (
    event_seq INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    run_id TEXT NOT NULL,
    PRIMARY KEY (event_seq, run_id)
) STRICT, WITHOUT ROWID;

-- Beginning a run again.
CREATE INDEX IF NOT EXISTS event_receipts_run ON event_receipts (run_id);

-- The calls that wait for an event and that have looked at all early ones.
CREATE TABLE IF NOT EXISTS event_waits (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    run_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Finding who waits for an event: of one run, or of all, run by run.
CREATE INDEX IF NOT EXISTS event_waits_name ON event_waits (name, run_id, stack_run_id);

-- When which task is run by itself.
-- `origin`: whether the API made it or the task's code declares it.
-- `next_at`: NULL: it never fires again.
-- `queued_for`, `queued_more`: the first moment whose run waits for the one before to end, and those after it: a
-- JSON array.
-- `skipped`: how many moments made no run since it was made; `skipped_at`, `skipped_why`: the last of them, and why.
CREATE TABLE IF NOT EXISTS schedules (
    name TEXT NOT NULL PRIMARY KEY,
    task_name TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('api', 'code')),
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'allow', 'cancel-previous')),
    catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
    is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1)),
    next_at INTEGER,
    queued_for INTEGER,
    queued_more TEXT NOT NULL DEFAULT '[]',
    last_at INTEGER,
    last_run TEXT,
    last_problem TEXT,
    skipped INTEGER NOT NULL DEFAULT 0,
    skipped_at INTEGER,
    skipped_why TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    input TEXT NOT NULL
) STRICT;

-- Sweeping: the schedules whose moment has come.
CREATE INDEX IF NOT EXISTS schedules_due ON schedules (next_at, name) WHERE is_paused = 0;

-- Sweeping: those with a run that waits.
CREATE INDEX IF NOT EXISTS schedules_queued ON schedules (name) WHERE queued_for IS NOT NULL;

-- Publishing and withdrawing a task: what its code declared.
CREATE INDEX IF NOT EXISTS schedules_task ON schedules (task_name, name) WHERE origin = 'code';

-- Who is told when a run ends. A row is made with its run. `next_at`: while pending: not before; while it is being
-- told: when it may be tried again.
CREATE TABLE IF NOT EXISTS webhooks (
    run_id TEXT NOT NULL PRIMARY KEY REFERENCES task_runs (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    delivered_at INTEGER,
    error TEXT,
    url TEXT NOT NULL,
    CHECK ((state = 'pending') = (next_at IS NOT NULL)),
    CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
) STRICT;

-- Telling what is due.
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (next_at) WHERE state = 'pending';

-- Leases with a name, each held until a moment, by as many at once as there are places: the drainers' slots, their line,
-- the keeper, the calls under way of a service with a limit, the signatures that were used.
CREATE TABLE IF NOT EXISTS leases (
    name TEXT NOT NULL,
    place INTEGER NOT NULL,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (name, place)
) STRICT, WITHOUT ROWID;

-- Forgetting leases that expired long ago; those of a clock that was ahead.
CREATE INDEX IF NOT EXISTS leases_expired ON leases (expires_at);

-- One row: when the queue was last swept and when it was last tried whether the database can be written; and up to
-- where the sweeps have looked, each in its order, from the start where it is empty: sleeping frames, scopes of
-- slots, tasks whose number of runs is cut.
CREATE TABLE IF NOT EXISTS sweeps (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    swept_at INTEGER NOT NULL,
    probed_at INTEGER NOT NULL DEFAULT 0,
    looked_up_to TEXT NOT NULL,
    admitted_up_to TEXT NOT NULL DEFAULT '',
    trimmed_up_to TEXT NOT NULL DEFAULT ''
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

-- Calls of runs that have changed a value by what they found there, and what they were answered: another attempt of
-- such a call changes nothing more.
CREATE TABLE IF NOT EXISTS keystore_changes (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    call TEXT NOT NULL,
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    PRIMARY KEY (namespace, key, call)
) STRICT, WITHOUT ROWID;

-- Removing a run.
CREATE INDEX IF NOT EXISTS keystore_changes_run ON keystore_changes (run_id);

-- The keys of the public API: of each its SHA-256, and as JSON what it allows. `used_at` is written rarely.
CREATE TABLE IF NOT EXISTS api_keys (
    name TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    permissions TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Looking up the key of a request.
CREATE UNIQUE INDEX IF NOT EXISTS api_keys_hash ON api_keys (hash);

-- How many wrong keys a client has sent since `started_at`. Few rows: old ones go with the next wrong key.
CREATE TABLE IF NOT EXISTS wrong_keys (
    client TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Forgetting the old ones.
CREATE INDEX IF NOT EXISTS wrong_keys_started ON wrong_keys (started_at);

-- How many requests an API key has made since `started_at`, or a client without one. Old rows go when a new count begins.
CREATE TABLE IF NOT EXISTS request_counts (
    asker TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Forgetting the old ones.
CREATE INDEX IF NOT EXISTS request_counts_started ON request_counts (started_at);

-- What the holders of API keys have done or were refused, the newest deeds.
-- `key_id`: the beginning of its hash, since a name may be given again; NULL: a token of the settings.
-- `code`: why it was not done; NULL: it was done.
-- `bundle`: as what refusals are counted together; NULL: it stands alone. `times`: how often.
-- `detail`: JSON.
CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    key_name TEXT NOT NULL,
    key_id TEXT,
    client TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    code TEXT,
    bundle TEXT,
    detail TEXT
) STRICT;

-- Counting refusals together.
CREATE UNIQUE INDEX IF NOT EXISTS audit_bundle ON audit (bundle) WHERE bundle IS NOT NULL;

-- Forgetting the oldest.
CREATE INDEX IF NOT EXISTS audit_at ON audit (at);

-- How many calls of a service have begun since its window's start. Only for services with a limit.
CREATE TABLE IF NOT EXISTS call_windows (
    service TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Encrypted values that the instances of a service share for a time. `revision` counts the values of a key;
-- whoever holds the lease makes the next one. `fresh_until` is 0 if there is no value.
CREATE TABLE IF NOT EXISTS shared_values (
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    fresh_until INTEGER NOT NULL,
    lease_token TEXT,
    lease_expires_at INTEGER,
    ciphertext BLOB,
    PRIMARY KEY (service, key),
    CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
    CHECK (fresh_until = 0 OR ciphertext IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- Removing shared values that nobody has asked for since they expired.
CREATE INDEX IF NOT EXISTS shared_values_expired ON shared_values (fresh_until);

-- What the components have measured, added up: a row for each bucket of each histogram, and for each counter.
-- `sum` is in microseconds or bytes.
CREATE TABLE IF NOT EXISTS figures (
    metric TEXT NOT NULL,
    label TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (metric, label, bucket)
) STRICT, WITHOUT ROWID;

-- How many runs a task has with a (stored) status. Triggers keep count, so that it is right whoever changes runs,
-- and `GET /metrics` costs the same however many there are.
CREATE TABLE IF NOT EXISTS run_counts (
    task_name TEXT NOT NULL,
    status TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (task_name, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS run_counts_made AFTER INSERT ON task_runs BEGIN
    INSERT INTO run_counts (task_name, status, runs) VALUES (NEW.task_name, NEW.status, 1)
    ON CONFLICT (task_name, status) DO UPDATE SET runs = runs + 1;
END;

CREATE TRIGGER IF NOT EXISTS run_counts_moved AFTER UPDATE OF status ON task_runs WHEN OLD.status <> NEW.status BEGIN
    UPDATE run_counts SET runs = runs - 1 WHERE task_name = OLD.task_name AND status = OLD.status;
    INSERT INTO run_counts (task_name, status, runs) VALUES (NEW.task_name, NEW.status, 1)
    ON CONFLICT (task_name, status) DO UPDATE SET runs = runs + 1;
END;

CREATE TRIGGER IF NOT EXISTS run_counts_gone AFTER DELETE ON task_runs BEGIN
    UPDATE run_counts SET runs = runs - 1 WHERE task_name = OLD.task_name AND status = OLD.status;
END;

-- The histogram `tasker_run_seconds`: from the moment when a run may begin to its end, in milliseconds. Its bounds
-- stand in figures.rs too.
CREATE TRIGGER IF NOT EXISTS figures_run_ended AFTER UPDATE OF status ON task_runs
WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL BEGIN
    INSERT INTO figures (metric, label, bucket, count, sum)
    SELECT 'tasker_run_seconds', NEW.status,
           (ms > 100) + (ms > 1000) + (ms > 5000) + (ms > 15000) + (ms > 60000) + (ms > 300000) + (ms > 1800000)
           + (ms > 7200000) + (ms > 43200000) + (ms > 86400000) + (ms > 604800000) + (ms > 2592000000),
           1, ms
    FROM (SELECT max(NEW.finished_at - coalesce(NEW.run_at, NEW.created_at), 0) AS ms) WHERE true
    ON CONFLICT (metric, label, bucket) DO UPDATE SET count = count + 1, sum = sum + excluded.sum;
END;

-- An older database lacks columns, which only the app adds: it records the version then.
INSERT OR IGNORE INTO migrations (version)
SELECT 65 WHERE NOT EXISTS (SELECT 1 FROM migrations WHERE version BETWEEN 1 AND 64);
