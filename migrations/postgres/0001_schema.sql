-- The schema. Times are milliseconds since the Unix epoch; values that Tasker gives back byte for byte are JSON
-- text. Names and paths are compared by their bytes, whatever the database's own collation is. The app applies the
-- script by itself; it may be applied any number of times.

CREATE SCHEMA IF NOT EXISTS tasker;

-- Which schema the database has: the newest version counts.
CREATE TABLE IF NOT EXISTS tasker.migrations (
    version BIGINT PRIMARY KEY
);

-- Published tasks, all versions; a run keeps the one that it began with. `timeout_ms` is how long a run may take
-- if whoever submits it does not say.
CREATE TABLE IF NOT EXISTS tasker.task_functions (
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    is_current BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    timeout_ms BIGINT,
    description TEXT,
    input_schema TEXT,
    code TEXT NOT NULL,
    modules TEXT NOT NULL,
    PRIMARY KEY (name, version)
);

-- Looking a task up by name; listing tasks. At most one version of a task is current.
CREATE UNIQUE INDEX IF NOT EXISTS task_functions_current ON tasker.task_functions (name) WHERE is_current;

-- Which version of a task was current from when on; NULL: none, it was withdrawn. A run meets the versions that were
-- current when it was submitted.
CREATE TABLE IF NOT EXISTS tasker.publications (
    task_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    version TEXT COLLATE "C",
    PRIMARY KEY (task_name, at),
    FOREIGN KEY (task_name, version) REFERENCES tasker.task_functions (name, version)
);

-- What was published before there was this table.
INSERT INTO tasker.publications (task_name, at, version)
SELECT name, created_at, version FROM tasker.task_functions t
WHERE is_current AND NOT EXISTS (SELECT FROM tasker.publications p WHERE p.task_name = t.name)
ON CONFLICT DO NOTHING;

-- Which namespaces of the keystore a version of a task may use: a JSON array of patterns. A version
-- without a row declared nothing.
CREATE TABLE IF NOT EXISTS tasker.task_grants (
    task_name TEXT COLLATE "C" NOT NULL,
    task_version TEXT COLLATE "C" NOT NULL,
    namespaces TEXT NOT NULL,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version)
);

-- What the code of a version says of its runs. A version without a row says nothing. `at_once` is how many may
-- go on at once: for each value at the path `at_once_per` of the input, if there is one. `attempts` is how often
-- a run is tried if whoever submits it does not say. `reach` is not about its runs: what it may call and hear, in JSON.
CREATE TABLE IF NOT EXISTS tasker.task_settings (
    task_name TEXT COLLATE "C" NOT NULL,
    task_version TEXT COLLATE "C" NOT NULL,
    retention_ms BIGINT,
    priority BIGINT,
    at_once BIGINT,
    at_once_per TEXT,
    attempts BIGINT,
    reach TEXT,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version)
);

ALTER TABLE tasker.task_settings ADD COLUMN IF NOT EXISTS reach TEXT;

-- The persistent record of each run. Whoever changes what belongs to a run holds its row.
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
    run_at BIGINT,
    deadline BIGINT,
    paused_at BIGINT,
    retention_ms BIGINT,
    versions_at BIGINT,
    priority BIGINT NOT NULL DEFAULT 0,
    attempt BIGINT NOT NULL DEFAULT 1,
    starts BIGINT NOT NULL DEFAULT 0,
    slot BIGINT NOT NULL DEFAULT 0,
    slot_limit BIGINT,
    slot_scope TEXT COLLATE "C",
    schedule TEXT COLLATE "C",
    retry_of UUID,
    trace TEXT,
    tags TEXT,
    retry TEXT,
    stop_status TEXT COLLATE "C",
    stop_error TEXT,
    stop TEXT,
    failures TEXT,
    input TEXT NOT NULL,
    result TEXT,
    error TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version),
    CHECK ((status = 'completed') = (result IS NOT NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (error IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);

ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS versions_at BIGINT;
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS starts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS tags TEXT;

-- Listing runs of a task, newest first.
CREATE INDEX IF NOT EXISTS task_runs_task ON tasker.task_runs (task_name, id);

-- Listing runs by status, newest first.
CREATE INDEX IF NOT EXISTS task_runs_status ON tasker.task_runs (status, id);

-- Listing the runs of a task with a status, newest first, however many it has of others.
CREATE INDEX IF NOT EXISTS task_runs_counts ON tasker.task_runs (task_name, status, id);

-- Listing paused runs, newest first.
CREATE INDEX IF NOT EXISTS task_runs_paused ON tasker.task_runs (id) WHERE paused_at IS NOT NULL;

-- Firing: the runs of a schedule that go on.
CREATE INDEX IF NOT EXISTS task_runs_schedule ON tasker.task_runs (schedule, id)
    WHERE schedule IS NOT NULL AND finished_at IS NULL;

-- Purging: runs by the time of their end.
CREATE INDEX IF NOT EXISTS task_runs_ended ON tasker.task_runs (finished_at)
    WHERE finished_at IS NOT NULL AND retention_ms IS NULL;

-- Purging: those that say themselves how long they are kept.
CREATE INDEX IF NOT EXISTS task_runs_expired ON tasker.task_runs ((finished_at + retention_ms))
    WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL;

-- Counting the slots of a scope that are taken; finding who is next.
CREATE INDEX IF NOT EXISTS task_runs_slots ON tasker.task_runs (slot_scope, slot, priority DESC, id)
    WHERE slot_scope IS NOT NULL AND finished_at IS NULL;

-- Sweeping: the scopes in which someone waits.
CREATE INDEX IF NOT EXISTS task_runs_held ON tasker.task_runs (slot_scope)
    WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL;

-- Idempotency keys, which live on when their runs are deleted. From `expires_at` on a key may be used again,
-- unless its run still goes on.
CREATE TABLE IF NOT EXISTS tasker.idempotency_keys (
    task_name TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    run_id UUID NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (task_name, idempotency_key)
);

-- Forgetting keys whose time is up.
CREATE INDEX IF NOT EXISTS idempotency_keys_expired
    ON tasker.idempotency_keys (expires_at, task_name, idempotency_key);

-- What is alive: a row for each frame and each queued call. A row goes when it has settled, and
-- all that it had still out goes with it. Rows come and go quickly: they are vacuumed often.
-- `parent_id` is NULL for the root frame, which has neither `args` nor `input`: its input is the run's.
-- `expires_at`: when the row's time is up. A root frame's is its run's deadline, or the end of its grace when it
-- is being stopped.
-- `paused`: whether its run is paused: such a row is not claimed.
-- `lane`: the run's priority as three digits (000 for 100, 200 for -100), and its task. All rows of a run are in
-- one lane.
-- `stop_untold`: whether a frame that was in a VM, or about to be, has yet to learn that its run is being stopped.
-- Frames only: `task_name`, `task_version`; `started_at`, when its clock began; `log_count`, how many of its log
-- lines are stored.
CREATE TABLE IF NOT EXISTS tasker.stack_runs (
    id UUID PRIMARY KEY,
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    parent_id UUID REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    call_number BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('frame', 'call')),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'processing', 'suspended')),
    attempt BIGINT NOT NULL DEFAULT 0,
    run_after BIGINT NOT NULL,
    expires_at BIGINT,
    paused BOOLEAN NOT NULL DEFAULT false,
    lane TEXT COLLATE "C" NOT NULL DEFAULT '100',
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    task_name TEXT COLLATE "C",
    task_version TEXT COLLATE "C",
    started_at BIGINT,
    log_count BIGINT NOT NULL DEFAULT 0,
    stop_untold BOOLEAN NOT NULL DEFAULT false,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    options TEXT,
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

-- Claiming: which lanes have pending rows whose run is not paused, and those of a lane that have been due the
-- longest. It answers what is due of all lanes as well: one look for each.
CREATE INDEX IF NOT EXISTS stack_runs_lanes ON tasker.stack_runs (kind, lane, run_after, id)
    WHERE status = 'pending' AND NOT paused;

-- Whether a run is being worked on; sweeping expired leases (there are never more rows here than the drainers
-- can work on at once).
CREATE INDEX IF NOT EXISTS stack_runs_processing ON tasker.stack_runs (run_id, lease_expires_at, id)
    WHERE status = 'processing';

-- Sweeping: sleeping frames that should have been woken.
CREATE INDEX IF NOT EXISTS stack_runs_suspended ON tasker.stack_runs (id) WHERE status = 'suspended';

-- How many nested tasks of a run are unfinished.
CREATE INDEX IF NOT EXISTS stack_runs_nested ON tasker.stack_runs (run_id) WHERE kind = 'frame' AND parent_id IS NOT NULL;

-- Rows whose time is up, and when the next one's will be.
CREATE INDEX IF NOT EXISTS stack_runs_expires ON tasker.stack_runs (expires_at, id)
    WHERE expires_at IS NOT NULL;

-- The VM state of sleeping frames, apart from their rows so that a claim does not rewrite it. `in_flight` are the
-- calls that the slice itself was making when the snapshot was taken: a JSON array.
CREATE TABLE IF NOT EXISTS tasker.snapshots (
    stack_run_id UUID PRIMARY KEY REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    raw_bytes BIGINT NOT NULL,
    engine TEXT NOT NULL,
    position BIGINT NOT NULL,
    in_flight TEXT NOT NULL,
    bytes BYTEA NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

-- A snapshot is compressed already.
ALTER TABLE tasker.snapshots ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Every settled call. Append-only, but for the position of an entry that its frame has not seen.
-- `seq`: the order in which the run's calls settled, from 1 without gaps: paging through its history.
-- `position`: the order in which the frame saw its calls settle, from 1; NULL until it has.
-- `total_bytes`: the bytes of all arguments, options and values of the run up to this entry: what the bound on a run's
-- journal is held to.
CREATE TABLE IF NOT EXISTS tasker.call_journal (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    frame TEXT COLLATE "C" NOT NULL,
    call_number BIGINT NOT NULL,
    position BIGINT,
    ok BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    total_bytes BIGINT NOT NULL DEFAULT 0,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    options TEXT,
    args TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
);

ALTER TABLE tasker.call_journal ADD COLUMN IF NOT EXISTS total_bytes BIGINT NOT NULL DEFAULT 0;

-- A secret that a task has stored is not kept in clear.
CREATE OR REPLACE FUNCTION tasker.hide_secret() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    args json := NEW.args;
BEGIN
    IF args -> 3 ->> 'secret' = 'true' THEN
        NEW.args := format('[%s,%s,"[hidden]",%s]', args -> 0, args -> 1, args -> 3);
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER call_journal_secrets BEFORE INSERT ON tasker.call_journal FOR EACH ROW
    WHEN (NEW.service = 'keystore' AND NEW.method IN ('["set"]', '["setIfAbsent"]') AND NEW.args LIKE '%"secret"%')
    EXECUTE FUNCTION tasker.hide_secret();

-- A call settles at most once.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_call ON tasker.call_journal (run_id, frame, call_number);

-- Waking a frame: the entries after its snapshot, and those that it has not seen.
CREATE UNIQUE INDEX IF NOT EXISTS call_journal_position ON tasker.call_journal (run_id, frame, position);

-- Attempts of calls that failed and were not the last, by the call's path; kept with the run.
CREATE TABLE IF NOT EXISTS tasker.call_attempts (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (run_id, path, attempt)
);

-- The tags of runs, as their records have them.
CREATE TABLE IF NOT EXISTS tasker.run_tags (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    tag TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, tag)
);

-- Listing the runs with a tag, newest first.
CREATE INDEX IF NOT EXISTS run_tags_tag ON tasker.run_tags (tag, run_id);

-- How far a run is, as its tasks have last said: of what they say the newest is kept.
-- `at`, `number`: when it was said, by the clock of its frame, and how many times the frame had said so by then. What is
-- not greater than they is said again by a replay.
-- `revision` counts the changes.
CREATE TABLE IF NOT EXISTS tasker.run_progress (
    run_id UUID PRIMARY KEY REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    number BIGINT NOT NULL,
    value TEXT NOT NULL
) WITH (fillfactor = 50);

-- Queued calls that wait for the end of another run, `run_id`.
CREATE TABLE IF NOT EXISTS tasker.run_waits (
    stack_run_id UUID PRIMARY KEY REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    run_id UUID NOT NULL
);

-- Ending a run: what waits for it.
CREATE INDEX IF NOT EXISTS run_waits_run ON tasker.run_waits (run_id);

-- What tasks log. `total_bytes` are the bytes of all messages of the run up to this one: what the bound on a
-- run's log is held to.
CREATE TABLE IF NOT EXISTS tasker.run_logs (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    frame TEXT COLLATE "C" NOT NULL,
    line_index BIGINT NOT NULL,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    total_bytes BIGINT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- What was sent to runs, kept for a time.
-- `seq`: the order in which those of a name were sent.
-- `id`: the sender's, so that sending again does nothing.
-- `run_id`: NULL: for every run that waits for it. An event goes by itself when its time is up, so nothing refers
-- to the run.
-- `is_taken`: whether the run that it is for has taken it.
CREATE TABLE IF NOT EXISTS tasker.events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    run_id UUID,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    is_taken BOOLEAN NOT NULL DEFAULT false,
    data TEXT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- Sending an event once.
CREATE UNIQUE INDEX IF NOT EXISTS events_id ON tasker.events (id);

-- Early events: those of a name for a run, and for all runs, in their order.
CREATE INDEX IF NOT EXISTS events_name ON tasker.events (name, run_id, seq) WHERE NOT is_taken;

-- Removing those whose time is up.
CREATE INDEX IF NOT EXISTS events_expired ON tasker.events (expires_at, seq);

-- Beginning a run again: which events its attempt has taken.
CREATE INDEX IF NOT EXISTS events_taken ON tasker.events (run_id) WHERE is_taken;

-- Which runs have taken an event that is for all.
CREATE TABLE IF NOT EXISTS tasker.event_receipts (
    event_seq BIGINT NOT NULL REFERENCES tasker.events (seq) ON DELETE CASCADE,
    run_id UUID NOT NULL,
    PRIMARY KEY (event_seq, run_id)
);

-- Beginning a run again.
CREATE INDEX IF NOT EXISTS event_receipts_run ON tasker.event_receipts (run_id);

-- The calls that wait for an event and that have looked at all early ones, in the order in which they were noted.
-- Rows come and go quickly.
CREATE TABLE IF NOT EXISTS tasker.event_waits (
    stack_run_id UUID PRIMARY KEY REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    run_id UUID NOT NULL,
    noted BIGINT GENERATED ALWAYS AS IDENTITY
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

-- Finding who waits for an event: of one run, or of all, run by run.
CREATE INDEX IF NOT EXISTS event_waits_name ON tasker.event_waits (name, run_id, stack_run_id);

-- Who was noted while an event was being matched.
CREATE INDEX IF NOT EXISTS event_waits_noted ON tasker.event_waits (name, noted);

-- When which task is run by itself.
-- `origin`: whether the API made it or the task's code declares it.
-- `next_at`: NULL: it never fires again.
-- `queued_for`, `queued_more`: the first moment whose run waits for the one before to end, and those after it: a
-- JSON array.
-- `skipped`: how many moments made no run since it was made; `skipped_at`, `skipped_why`: the last of them, and why.
CREATE TABLE IF NOT EXISTS tasker.schedules (
    name TEXT COLLATE "C" PRIMARY KEY,
    task_name TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('api', 'code')),
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    overlap TEXT COLLATE "C" NOT NULL CHECK (overlap IN ('skip', 'queue', 'allow', 'cancel-previous')),
    catch_up TEXT COLLATE "C" NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
    is_paused BOOLEAN NOT NULL,
    next_at BIGINT,
    queued_for BIGINT,
    queued_more TEXT NOT NULL DEFAULT '[]',
    last_at BIGINT,
    last_run UUID,
    last_problem TEXT,
    skipped BIGINT NOT NULL DEFAULT 0,
    skipped_at BIGINT,
    skipped_why TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    input TEXT NOT NULL
);

ALTER TABLE tasker.schedules ADD COLUMN IF NOT EXISTS queued_more TEXT NOT NULL DEFAULT '[]';

ALTER TABLE tasker.schedules ADD COLUMN IF NOT EXISTS skipped BIGINT NOT NULL DEFAULT 0;

ALTER TABLE tasker.schedules ADD COLUMN IF NOT EXISTS skipped_at BIGINT;

ALTER TABLE tasker.schedules ADD COLUMN IF NOT EXISTS skipped_why TEXT COLLATE "C";

-- Sweeping: the schedules whose moment has come.
CREATE INDEX IF NOT EXISTS schedules_due ON tasker.schedules (next_at, name) WHERE NOT is_paused;

-- Sweeping: those with a run that waits.
CREATE INDEX IF NOT EXISTS schedules_queued ON tasker.schedules (name) WHERE queued_for IS NOT NULL;

-- Publishing and withdrawing a task: what its code declared.
CREATE INDEX IF NOT EXISTS schedules_task ON tasker.schedules (task_name, name) WHERE origin = 'code';

-- Who is told when a run ends. A row is made with its run. `next_at`: while pending: not before; while it is being
-- told: when it may be tried again.
CREATE TABLE IF NOT EXISTS tasker.webhooks (
    run_id UUID PRIMARY KEY REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'pending', 'delivered', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT,
    delivered_at BIGINT,
    error TEXT,
    url TEXT NOT NULL,
    CHECK ((state = 'pending') = (next_at IS NOT NULL)),
    CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
);

-- Telling what is due.
CREATE INDEX IF NOT EXISTS webhooks_due ON tasker.webhooks (next_at, run_id) WHERE state = 'pending';

-- Leases with a name, each held until a moment, by as many at once as there are places: the drainers' slots, their line,
-- the keeper, the calls under way of a service with a limit, the signatures that were used.
CREATE TABLE IF NOT EXISTS tasker.leases (
    name TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    token TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (name, place)
);

-- Forgetting leases that expired long ago; those of a clock that was ahead.
CREATE INDEX IF NOT EXISTS leases_expired ON tasker.leases (expires_at);

-- Databases of version 61 and before have other tables for them, and had some among the shared values.
DO $$
BEGIN
    IF to_regclass('tasker.drainers') IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO tasker.leases (name, place, token, expires_at)
    SELECT 'drainer', slot, token, expires_at FROM tasker.drainers
    UNION ALL
    SELECT 'calls ' || service, row_number() OVER (PARTITION BY service ORDER BY token) - 1, token, expires_at
    FROM tasker.call_slots
    UNION ALL
    SELECT 'signature ' || key, 0, lease_token, lease_expires_at
    FROM tasker.shared_values WHERE service = 'internal' AND lease_token IS NOT NULL;
    DROP TABLE tasker.drainers, tasker.call_slots;
    DELETE FROM tasker.shared_values WHERE service IN ('drain', 'internal');
END $$;

-- One row: when the queue was last swept and when it was last tried whether the database can be written; and up to
-- where the sweeps have looked, each in its order, from the start where it is NULL or empty: sleeping frames, scopes
-- of slots, tasks whose number of runs is cut.
CREATE TABLE IF NOT EXISTS tasker.sweeps (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    swept_at BIGINT NOT NULL,
    probed_at BIGINT NOT NULL DEFAULT 0,
    looked_up_to UUID,
    admitted_up_to TEXT COLLATE "C" NOT NULL DEFAULT '',
    trimmed_up_to TEXT COLLATE "C" NOT NULL DEFAULT ''
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

-- Calls of runs that have changed a value by what they found there, and what they were answered: another attempt of
-- such a call changes nothing more.
CREATE TABLE IF NOT EXISTS tasker.keystore_changes (
    namespace TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    call TEXT COLLATE "C" NOT NULL,
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    PRIMARY KEY (namespace, key, call)
);

-- Removing a run.
CREATE INDEX IF NOT EXISTS keystore_changes_run ON tasker.keystore_changes (run_id);

-- The keys of the public API: of each its SHA-256, and as JSON what it allows. `used_at` is written rarely.
CREATE TABLE IF NOT EXISTS tasker.api_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    permissions TEXT NOT NULL
);

-- Looking up the key of a request.
CREATE UNIQUE INDEX IF NOT EXISTS api_keys_hash ON tasker.api_keys (hash);

-- How many wrong keys a client has sent since `started_at`. Few rows: old ones go with the next wrong key.
CREATE TABLE IF NOT EXISTS tasker.wrong_keys (
    client TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    times BIGINT NOT NULL
);

-- Forgetting the old ones.
CREATE INDEX IF NOT EXISTS wrong_keys_started ON tasker.wrong_keys (started_at);

-- How many requests an API key has made since `started_at`, or a client without one. Old rows go when a new count begins.
CREATE TABLE IF NOT EXISTS tasker.request_counts (
    asker TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    times BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Forgetting the old ones.
CREATE INDEX IF NOT EXISTS request_counts_started ON tasker.request_counts (started_at);

-- What the holders of API keys have done or were refused, the newest deeds.
-- `key_id`: the beginning of its hash, since a name may be given again; NULL: a token of the settings.
-- `code`: why it was not done; NULL: it was done.
-- `bundle`: as what refusals are counted together; NULL: it stands alone. `times`: how often.
-- `detail`: JSON.
CREATE TABLE IF NOT EXISTS tasker.audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    client TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    bundle TEXT COLLATE "C",
    detail TEXT
);

-- Counting refusals together.
CREATE UNIQUE INDEX IF NOT EXISTS audit_bundle ON tasker.audit (bundle) WHERE bundle IS NOT NULL;

-- Forgetting the oldest.
CREATE INDEX IF NOT EXISTS audit_at ON tasker.audit (at);

-- How many calls of a service have begun since its window's start. Only for services with a limit.
CREATE TABLE IF NOT EXISTS tasker.call_windows (
    service TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    calls BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Encrypted values that the instances of a service share for a time. `revision` counts the values of a key;
-- whoever holds the lease makes the next one. `fresh_until` is 0 if there is no value.
CREATE TABLE IF NOT EXISTS tasker.shared_values (
    service TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL,
    lease_token TEXT,
    lease_expires_at BIGINT,
    ciphertext BYTEA,
    PRIMARY KEY (service, key),
    CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
    CHECK (fresh_until = 0 OR ciphertext IS NOT NULL)
);

-- Removing shared values that nobody has asked for since they expired.
CREATE INDEX IF NOT EXISTS shared_values_expired ON tasker.shared_values (fresh_until);

-- What the components have measured, added up: a row for each bucket of each histogram, and for each counter.
-- `sum` is in microseconds or bytes. Many add at once: each to the rows of its shard.
CREATE TABLE IF NOT EXISTS tasker.figures (
    metric TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    bucket BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    count BIGINT NOT NULL,
    sum BIGINT NOT NULL,
    PRIMARY KEY (metric, label, bucket, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

-- How many runs a task has with a (stored) status: the sum over the shards. Triggers keep count, so that it is right
-- whichever build changes runs, and `GET /metrics` costs the same however many there are. Many change runs at once:
-- each counts in the rows of its shard, of which a single one may be negative.
CREATE TABLE IF NOT EXISTS tasker.run_counts (
    task_name TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    shard BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    PRIMARY KEY (task_name, status, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

-- Rows are counted in one order within a statement, so that nobody waits in a circle.
CREATE OR REPLACE FUNCTION tasker.count_made_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT n.task_name, n.status, pg_backend_pid() % 16, count(*) FROM made n GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tasker.count_gone_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT o.task_name, o.status, pg_backend_pid() % 16, -count(*) FROM gone o GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    RETURN NULL;
END $$;

-- With the end of a run the histogram `tasker_run_seconds`: from the moment when a run may begin to its end, in
-- milliseconds. Its bounds stand in figures.rs too.
CREATE OR REPLACE FUNCTION tasker.count_moved_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ms bigint := greatest(NEW.finished_at - coalesce(NEW.run_at, NEW.created_at), 0);
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT NEW.task_name, m.status, pg_backend_pid() % 16, m.runs
    FROM (VALUES (OLD.status, -1::bigint), (NEW.status, 1::bigint)) AS m (status, runs) ORDER BY 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    IF OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL THEN
        INSERT INTO tasker.figures AS f (metric, label, bucket, shard, count, sum)
        SELECT 'tasker_run_seconds', NEW.status, count(*) FILTER (WHERE ms > b.bound), pg_backend_pid() % 8, 1, ms
        FROM unnest(ARRAY[100, 1000, 5000, 15000, 60000, 300000, 1800000, 7200000, 43200000, 86400000, 604800000,
                          2592000000]::bigint[]) AS b (bound)
        ON CONFLICT (metric, label, bucket, shard) DO UPDATE SET
            count = f.count + excluded.count, sum = f.sum + excluded.sum;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER run_counts_made AFTER INSERT ON tasker.task_runs
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tasker.count_made_runs();
CREATE OR REPLACE TRIGGER run_counts_gone AFTER DELETE ON tasker.task_runs
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tasker.count_gone_runs();
CREATE OR REPLACE TRIGGER run_counts_moved AFTER UPDATE OF status ON tasker.task_runs
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION tasker.count_moved_run();

-- Views for people and their tools: times as timestamps, values as JSONB. Tasker itself uses none of them.

-- JSON text as JSONB. What JSONB cannot hold (a NUL, half a surrogate pair) is shown as it is written.
CREATE OR REPLACE FUNCTION tasker.as_json(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN to_jsonb(value);
END $$;

CREATE OR REPLACE FUNCTION tasker.as_time(ms bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT to_timestamp(ms / 1000.0)';

-- All runs, as the API shows them.
CREATE OR REPLACE VIEW tasker.runs AS
SELECT r.id, r.task_name AS task, r.task_version AS version,
       CASE WHEN r.paused_at IS NOT NULL THEN 'paused'
            WHEN r.status = 'processing' AND NOT EXISTS (
                SELECT FROM tasker.stack_runs s WHERE s.run_id = r.id AND s.status = 'processing')
            THEN 'suspended' ELSE r.status END AS status,
       tasker.as_json(r.input) AS input, tasker.as_json(r.result) AS result,
       tasker.as_json(r.error) AS error, r.idempotency_key, r.schedule, r.priority, r.retry_of,
       r.slot_scope IS NOT NULL AND r.slot = 1 AND r.finished_at IS NULL AS is_held,
       tasker.as_json(r.stop) AS stop, tasker.as_time(r.created_at) AS created_at,
       tasker.as_time(r.run_at) AS run_at, tasker.as_time(r.deadline) AS deadline,
       tasker.as_time(r.paused_at) AS paused_at, tasker.as_time(r.started_at) AS started_at,
       tasker.as_time(r.finished_at) AS finished_at,
       tasker.as_json(p.value) AS progress, tasker.as_time(p.at) AS progress_at,
       tasker.as_json(r.tags) AS tags
FROM tasker.task_runs r LEFT JOIN tasker.run_progress p ON p.run_id = r.id;

-- The names of a call's method, with dots between them.
CREATE OR REPLACE FUNCTION tasker.as_method(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT string_agg(part, ''.'') FROM jsonb_array_elements_text(tasker.as_json(value)) AS part';

-- Every settled call of every run.
CREATE OR REPLACE VIEW tasker.calls AS
SELECT j.run_id, j.seq, j.frame, j.call_number AS number, j.service,
       tasker.as_method(j.method) AS method, tasker.as_json(j.args) AS args,
       tasker.as_json(j.options) AS options, j.ok, tasker.as_json(j.value) AS value, j.attempts,
       tasker.as_time(j.started_at) AS started_at, tasker.as_time(j.finished_at) AS finished_at
FROM tasker.call_journal j;

-- Attempts of calls that failed and were not the last.
CREATE OR REPLACE VIEW tasker.failed_attempts AS
SELECT a.run_id, a.path, a.attempt, tasker.as_json(a.error) AS error,
       tasker.as_time(a.started_at) AS started_at, tasker.as_time(a.finished_at) AS finished_at,
       tasker.as_time(a.next_at) AS next_at
FROM tasker.call_attempts a;

-- What is alive: frames and queued calls.
CREATE OR REPLACE VIEW tasker.queue AS
SELECT s.id, s.run_id, s.path, s.kind, coalesce(s.task_name, s.service) AS runs, s.status, s.attempt,
       s.paused AS is_paused, tasker.as_time(s.run_after) AS due_at,
       tasker.as_time(s.expires_at) AS expires_at, s.lease_owner,
       tasker.as_time(s.lease_expires_at) AS lease_expires_at,
       octet_length(p.bytes) AS snapshot_bytes, tasker.as_time(s.updated_at) AS updated_at
FROM tasker.stack_runs s LEFT JOIN tasker.snapshots p ON p.stack_run_id = s.id;

-- Which runs sleep until when.
CREATE OR REPLACE VIEW tasker.timers AS
SELECT s.run_id, r.task_name AS task, s.path, tasker.as_method(s.method) AS method,
       tasker.as_time((tasker.as_json(s.args) ->> 0)::bigint) AS until, tasker.as_time(s.created_at) AS created_at
FROM tasker.stack_runs s JOIN tasker.task_runs r ON r.id = s.run_id
WHERE s.kind = 'call' AND s.service = 'timer';

-- Which runs wait for which event.
CREATE OR REPLACE VIEW tasker.waiting AS
SELECT w.run_id, r.task_name AS task, s.path, w.name AS event, tasker.as_json(s.args) #> '{1,match}' AS match,
       tasker.as_time((tasker.as_json(s.args) #>> '{1,until}')::bigint) AS until,
       tasker.as_time(s.created_at) AS created_at
FROM tasker.event_waits w
JOIN tasker.stack_runs s ON s.id = w.stack_run_id
JOIN tasker.task_runs r ON r.id = w.run_id;

-- What was sent, as long as it is kept, and to how many runs it has come.
CREATE OR REPLACE VIEW tasker.sent_events AS
SELECT e.id, e.name, e.run_id, tasker.as_json(e.data) AS data,
       CASE WHEN e.run_id IS NOT NULL THEN e.is_taken::int
            ELSE (SELECT count(*) FROM tasker.event_receipts t WHERE t.event_seq = e.seq) END AS receivers,
       tasker.as_time(e.sent_at) AS sent_at, tasker.as_time(e.expires_at) AS expires_at
FROM tasker.events e;

-- When which task is run by itself.
CREATE OR REPLACE VIEW tasker.timetable AS
SELECT s.name, s.task_name AS task, s.origin, s.cron, s.time_zone, s.overlap, s.catch_up, s.is_paused,
       tasker.as_json(s.input) AS input, tasker.as_time(s.next_at) AS next_at,
       tasker.as_time(s.queued_for) AS queued_for, tasker.as_time(s.last_at) AS last_at, s.last_run,
       s.last_problem, s.skipped, tasker.as_time(s.skipped_at) AS skipped_at, s.skipped_why
FROM tasker.schedules s;

-- Who is told of the end of which run.
CREATE OR REPLACE VIEW tasker.deliveries AS
SELECT w.run_id, w.url, w.state, w.attempts, w.error, tasker.as_time(w.next_at) AS next_at,
       tasker.as_time(w.delivered_at) AS delivered_at
FROM tasker.webhooks w;

-- What tasks log.
CREATE OR REPLACE VIEW tasker.log_lines AS
SELECT run_id, seq, frame, tasker.as_time(at) AS at, level, message FROM tasker.run_logs;

-- For people: the attempts of runs that failed and were not the last.
CREATE OR REPLACE VIEW tasker.failed_runs AS
SELECT r.id AS run_id, r.task_name AS task, (f.attempt ->> 'attempt')::bigint AS attempt,
       f.attempt -> 'error' AS error, tasker.as_time((f.attempt ->> 'startedAt')::bigint) AS started_at,
       tasker.as_time((f.attempt ->> 'finishedAt')::bigint) AS finished_at,
       tasker.as_time((f.attempt ->> 'nextAt')::bigint) AS next_at
FROM tasker.task_runs r, jsonb_path_query(tasker.as_json(r.failures), '$[*] ? (@.type() == "object")') AS f (attempt);

INSERT INTO tasker.migrations (version) VALUES (65) ON CONFLICT DO NOTHING;
