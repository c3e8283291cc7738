-- A database of schema version 60 with runs in every state, as the Tasker that made it left it.
BEGIN TRANSACTION;
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
INSERT INTO "call_attempts" VALUES('00000000-0001-7101-8101-010101010101','0.2',1,14,15,60000,'{"name":"Error","message":"no \"answer\"","code":"service_unavailable","stack":"at main (main.js:1)","status":503}');
CREATE TABLE call_journal (
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
    value TEXT NOT NULL, options TEXT,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "call_journal" VALUES('00000000-0001-7101-8101-010101010101',1,'0',1,1,1,1,11,12,'keystore','["get","it''s"]','["\"\u0000ä",1]','"value 1"',NULL);
INSERT INTO "call_journal" VALUES('00000000-0001-7101-8101-010101010101',2,'0',7,2,1,1,13,15,'keystore','["get","it''s"]','["\"\u0000ä",7]','7',NULL);
INSERT INTO "call_journal" VALUES('00000000-0002-7202-8202-020202020202',1,'0',1,1,1,1,21,22,'keystore','["get","it''s"]','["\"\u0000ä",1]','"value 1"',NULL);
INSERT INTO "call_journal" VALUES('00000000-0008-7808-8808-080808080808',1,'0',1,NULL,0,0,54,55,'keystore','["get","it''s"]','["\"\u0000ä",1]','{"name":"CancelledError","message":"the run was cancelled: no \"need\"","code":"cancelled"}',NULL);
CREATE TABLE call_slots (
    service TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (service, token)
) STRICT, WITHOUT ROWID;
INSERT INTO "call_slots" VALUES('wrappedgapi','c',90000);
CREATE TABLE call_windows (
    service TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "call_windows" VALUES('wrappedgapi',63,1);
CREATE TABLE drainers (
    slot INTEGER PRIMARY KEY,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO "drainers" VALUES(0,'drainer',90000);
CREATE TABLE event_receipts (
    event_seq INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    run_id TEXT NOT NULL,
    PRIMARY KEY (event_seq, run_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_waits (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    run_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "event_waits" VALUES('00000000-002b-7707-8707-070707070707','paid','00000000-0001-7101-8101-010101010101');
CREATE TABLE events (
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
INSERT INTO "events" VALUES(1,'early','shipped',NULL,60,86400000,0,'{"n":1}');
CREATE TABLE figures (
    metric TEXT NOT NULL,
    label TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    -- In microseconds or bytes.
    sum INTEGER NOT NULL,
    PRIMARY KEY (metric, label, bucket)
) STRICT, WITHOUT ROWID;
INSERT INTO "figures" VALUES('tasker_run_retries_total','main',0,2,0);
INSERT INTO "figures" VALUES('tasker_run_seconds','completed',0,1,2);
INSERT INTO "figures" VALUES('tasker_run_seconds','failed',0,1,2);
CREATE TABLE idempotency_keys (
    task_name TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    run_id TEXT NOT NULL,
    -- From then on it may be used again, unless its run still goes on.
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (task_name, idempotency_key)
) STRICT, WITHOUT ROWID;
INSERT INTO "idempotency_keys" VALUES('main','key 3','00000000-0003-7303-8303-030303030303',900000);
INSERT INTO "idempotency_keys" VALUES('main','key 4','00000000-0004-7404-8404-040404040404',900000);
CREATE TABLE keystore (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "keystore" VALUES('team-a','key',61,61,1,X'00FF7365616C6564');
CREATE TABLE migrations (version INTEGER PRIMARY KEY) STRICT;
INSERT INTO "migrations" VALUES(0);
INSERT INTO "migrations" VALUES(1);
INSERT INTO "migrations" VALUES(2);
INSERT INTO "migrations" VALUES(10);
INSERT INTO "migrations" VALUES(11);
INSERT INTO "migrations" VALUES(12);
INSERT INTO "migrations" VALUES(14);
INSERT INTO "migrations" VALUES(16);
INSERT INTO "migrations" VALUES(18);
INSERT INTO "migrations" VALUES(20);
INSERT INTO "migrations" VALUES(21);
INSERT INTO "migrations" VALUES(22);
INSERT INTO "migrations" VALUES(23);
INSERT INTO "migrations" VALUES(24);
INSERT INTO "migrations" VALUES(30);
INSERT INTO "migrations" VALUES(31);
INSERT INTO "migrations" VALUES(32);
INSERT INTO "migrations" VALUES(50);
INSERT INTO "migrations" VALUES(55);
INSERT INTO "migrations" VALUES(60);
CREATE TABLE run_counts (
    task_name TEXT NOT NULL,
    status TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (task_name, status)
) STRICT, WITHOUT ROWID;
INSERT INTO "run_counts" VALUES('main','completed',1);
INSERT INTO "run_counts" VALUES('main','failed',1);
INSERT INTO "run_counts" VALUES('main','processing',3);
INSERT INTO "run_counts" VALUES('main','queued',3);
CREATE TABLE run_logs (
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
INSERT INTO "run_logs" VALUES('00000000-0001-7101-8101-010101010101',1,'0',0,77,'error',4,'it''s');
INSERT INTO "run_logs" VALUES('00000000-0003-7303-8303-030303030303',1,'0',0,77,'error',4,'done');
INSERT INTO "run_logs" VALUES('00000000-0004-7404-8404-040404040404',1,'0',0,77,'error',4,'done');
CREATE TABLE schedules (
    name TEXT NOT NULL PRIMARY KEY,
    task_name TEXT NOT NULL,
    -- Whether the API made it or the task's code declares it.
    origin TEXT NOT NULL CHECK (origin IN ('api', 'code')),
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'allow', 'cancel-previous')),
    catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
    is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1)),
    -- NULL: it never fires again.
    next_at INTEGER,
    -- The moment whose run waits for the one before to end.
    queued_for INTEGER,
    last_at INTEGER,
    last_run TEXT,
    last_problem TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    input TEXT NOT NULL
) STRICT;
INSERT INTO "schedules" VALUES('tick','main','code','* * * * *','Europe/Amsterdam','skip','last',0,100000,NULL,NULL,NULL,NULL,5,5,'{"a":1}');
CREATE TABLE shared_values (
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    -- 0: there is no value.
    fresh_until INTEGER NOT NULL,
    lease_token TEXT,
    lease_expires_at INTEGER,
    ciphertext BLOB,
    PRIMARY KEY (service, key),
    CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
    CHECK (fresh_until = 0 OR ciphertext IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO "shared_values" VALUES('wrappedgapi','token',1,500000,NULL,NULL,X'0176616C7565');
INSERT INTO "shared_values" VALUES('internal','used',0,0,'s',90000,NULL);
INSERT INTO "shared_values" VALUES('drain','keeper',0,0,'k',90000,NULL);
INSERT INTO "shared_values" VALUES('drain','line',0,0,'d',90000,NULL);
CREATE TABLE snapshots (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    raw_bytes INTEGER NOT NULL,
    engine TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- Calls that were out, made by the slice itself, when the snapshot was taken: a JSON array.
    in_flight TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO "snapshots" VALUES('00000000-0001-7707-8707-070707070707',12,'engine',2,'[{"number":90,"service":"keystore","method":["get","it''s"],"args":"[\"\\\"\\u0000ä\",90]","options":"{\"timeoutMs\":90}"}]',X'00FF07');
INSERT INTO "snapshots" VALUES('00000000-0008-7707-8707-070707070707',12,'engine',0,'[{"number":90,"service":"keystore","method":["get","it''s"],"args":"[\"\\\"\\u0000ä\",90]","options":"{\"timeoutMs\":90}"}]',X'00FF07');
CREATE TABLE stack_runs (
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
    input TEXT, expires_at INTEGER, stop_untold INTEGER NOT NULL DEFAULT 0, options TEXT, paused INTEGER NOT NULL DEFAULT 0, lane TEXT NOT NULL DEFAULT '100',
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version),
    CHECK ((status = 'processing') = (lease_expires_at IS NOT NULL)),
    CHECK (kind = 'frame' OR status <> 'suspended'),
    CHECK ((kind = 'frame') = (task_name IS NOT NULL)),
    CHECK ((parent_id IS NULL) = (args IS NULL))
) STRICT;
INSERT INTO "stack_runs" VALUES('00000000-0001-7707-8707-070707070707','00000000-0001-7101-8101-010101010101','0',NULL,0,'frame','suspended',0,17,2,NULL,NULL,10,17,'main','v1',11,1,'tasks','["execute"]',NULL,NULL,NULL,0,NULL,0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-0028-7707-8707-070707070707','00000000-0001-7101-8101-010101010101','0.2','00000000-0001-7707-8707-070707070707',2,'call','pending',1,60000,1,NULL,NULL,13,15,NULL,NULL,NULL,0,'keystore','["get","it''s"]','["\"\u0000ä",2]',NULL,NULL,0,'{"timeoutMs":2}',0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-0029-7707-8707-070707070707','00000000-0001-7101-8101-010101010101','0.3','00000000-0001-7707-8707-070707070707',3,'frame','pending',0,53,4,NULL,NULL,13,53,'main','v1',NULL,0,'tasks','["execute"]','["main",  {"deep":1e3}]','{"deep":1e3}',NULL,0,NULL,0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-002a-7707-8707-070707070707','00000000-0001-7101-8101-010101010101','0.4','00000000-0001-7707-8707-070707070707',4,'call','pending',0,70000,0,NULL,NULL,13,13,NULL,NULL,NULL,0,'timer','["sleep"]','[70000]',NULL,NULL,0,NULL,0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-002b-7707-8707-070707070707','00000000-0001-7101-8101-010101010101','0.5','00000000-0001-7707-8707-070707070707',5,'call','pending',0,253402300799999,1,NULL,NULL,13,15,NULL,NULL,NULL,0,'event','["wait"]','["paid",{}]',NULL,NULL,0,NULL,0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-002c-7707-8707-070707070707','00000000-0001-7101-8101-010101010101','0.6','00000000-0001-7707-8707-070707070707',6,'call','processing',0,13,1,'worker',1000,13,13,NULL,NULL,NULL,0,'keystore','["get","it''s"]','["\"\u0000ä",6]',NULL,NULL,0,'{"timeoutMs":6}',0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-0002-7707-8707-070707070707','00000000-0002-7202-8202-020202020202','0',NULL,0,'frame','processing',0,20,1,'worker',90000,20,20,'main','v1',21,0,'tasks','["execute"]',NULL,NULL,80000,0,NULL,0,'100main');
INSERT INTO "stack_runs" VALUES('00000000-0005-7707-8707-070707070707','00000000-0005-7505-8505-050505050505','0',NULL,0,'frame','pending',0,53,1,NULL,NULL,40,53,'main','v1',NULL,0,'tasks','["execute"]',NULL,NULL,NULL,0,NULL,0,'093main');
INSERT INTO "stack_runs" VALUES('00000000-0006-7707-8707-070707070707','00000000-0006-7606-8606-060606060606','0',NULL,0,'frame','pending',0,253402300799000,0,NULL,NULL,40,40,'main','v1',NULL,0,'tasks','["execute"]',NULL,NULL,NULL,0,NULL,0,'093main');
INSERT INTO "stack_runs" VALUES('00000000-0007-7707-8707-070707070707','00000000-0007-7707-8707-070707070707','0',NULL,0,'frame','pending',0,50,0,NULL,NULL,50,50,'main','v1',NULL,0,'tasks','["execute"]',NULL,NULL,NULL,0,NULL,1,'100main');
INSERT INTO "stack_runs" VALUES('00000000-0008-7707-8707-070707070707','00000000-0008-7808-8808-080808080808','0',NULL,0,'frame','pending',0,55,1,NULL,NULL,52,55,'main','v1',53,0,'tasks','["execute"]',NULL,NULL,75000,0,NULL,0,'100main');
CREATE TABLE sweeps (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    swept_at INTEGER NOT NULL,
    looked_up_to TEXT NOT NULL
, trimmed_up_to TEXT NOT NULL DEFAULT '', admitted_up_to TEXT NOT NULL DEFAULT '', probed_at INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "sweeps" VALUES(1,65,'','','',0);
CREATE TABLE task_functions (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    created_at INTEGER NOT NULL,
    description TEXT,
    input_schema TEXT,
    code TEXT NOT NULL,
    modules TEXT NOT NULL, timeout_ms INTEGER,
    PRIMARY KEY (name, version)
) STRICT;
INSERT INTO "task_functions" VALUES('main','v1',1,5,'Does main',NULL,'/* main v1 */','{"./a":"''"}',9000);
CREATE TABLE task_grants (
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    namespaces TEXT NOT NULL,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;
INSERT INTO "task_grants" VALUES('main','v1','["team-*"]');
CREATE TABLE task_runs (
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
    error TEXT, run_at INTEGER, deadline INTEGER, stop_status TEXT, stop_error TEXT, stop TEXT, retry_of TEXT, paused_at INTEGER, schedule TEXT, retention_ms INTEGER, priority INTEGER NOT NULL DEFAULT 0, slot_scope TEXT, slot_limit INTEGER, slot INTEGER NOT NULL DEFAULT 0, trace TEXT, attempt INTEGER NOT NULL DEFAULT 1, retry TEXT, failures TEXT,
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version),
    CHECK ((status = 'completed') = (result IS NOT NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (error IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;
INSERT INTO "task_runs" VALUES('00000000-0001-7101-8101-010101010101','main','v1','processing',NULL,10,11,11,NULL,'{"n":1}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0002-7202-8202-020202020202','main','v1','processing',NULL,20,21,21,NULL,'{"n":2}',NULL,NULL,NULL,80000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0003-7303-8303-030303030303','main','v1','completed','key 3',30,32,NULL,32,'{"n":3}','{"x":1}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0004-7404-8404-040404040404','main','v1','failed','key 4',30,32,NULL,32,'{"n":4}',NULL,'{"name":"Error","message":"no \"answer\"","code":"service_unavailable","stack":"at main (main.js:1)","status":503}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0005-7505-8505-050505050505','main','v1','queued',NULL,40,40,NULL,NULL,'{"n":5}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,7,'main',1,2,NULL,1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0006-7606-8606-060606060606','main','v1','queued',NULL,40,40,NULL,NULL,'{"n":6}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,7,'main',1,1,NULL,1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0007-7707-8707-070707070707','main','v1','queued',NULL,50,51,NULL,NULL,'{"n":7}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,51,NULL,NULL,0,NULL,NULL,0,NULL,1,NULL,NULL);
INSERT INTO "task_runs" VALUES('00000000-0008-7808-8808-080808080808','main','v1','processing',NULL,52,55,53,NULL,'{"n":8}',NULL,NULL,NULL,NULL,'cancelled','{"name":"CancelledError","message":"the run was cancelled: no \"need\"","code":"cancelled"}','{"cause":"cancel","reason":"no \"need\"","by":"ops","at":55,"graceUntil":75000}',NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,1,NULL,NULL);
CREATE TABLE task_settings (
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    retention_ms INTEGER,
    priority INTEGER,
    -- How many runs may go on at once; for each value at a path of the input, if there is one.
    at_once INTEGER,
    at_once_per TEXT, attempts INTEGER,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;
INSERT INTO "task_settings" VALUES('main','v1',50000,3,1,'n',2);
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
INSERT INTO "webhooks" VALUES('00000000-0001-7101-8101-010101010101','waiting',0,NULL,NULL,NULL,'https://hooks.example.com/');
CREATE UNIQUE INDEX task_functions_current ON task_functions (name) WHERE is_current = 1;
CREATE INDEX task_runs_task ON task_runs (task_name, id);
CREATE UNIQUE INDEX stack_runs_path ON stack_runs (run_id, path);
CREATE INDEX stack_runs_parent ON stack_runs (parent_id, call_number);
CREATE INDEX stack_runs_processing ON stack_runs (run_id, lease_expires_at, id)
    WHERE status = 'processing';
CREATE INDEX stack_runs_suspended ON stack_runs (id) WHERE status = 'suspended';
CREATE UNIQUE INDEX call_journal_call ON call_journal (run_id, frame, call_number);
CREATE UNIQUE INDEX call_journal_position ON call_journal (run_id, frame, position);
CREATE INDEX shared_values_expired ON shared_values (fresh_until);
CREATE UNIQUE INDEX events_id ON events (id);
CREATE INDEX events_name ON events (name, run_id, seq) WHERE is_taken = 0;
CREATE INDEX events_expired ON events (expires_at);
CREATE INDEX event_waits_name ON event_waits (name, run_id, stack_run_id);
CREATE INDEX stack_runs_expires ON stack_runs (expires_at, id) WHERE expires_at IS NOT NULL;
CREATE INDEX task_runs_paused ON task_runs (id) WHERE paused_at IS NOT NULL;
CREATE INDEX task_runs_status ON task_runs (status, id, paused_at);
CREATE INDEX stack_runs_pending ON stack_runs (kind, run_after, id)
    WHERE status = 'pending' AND paused = 0;
CREATE INDEX schedules_due ON schedules (next_at, name) WHERE is_paused = 0;
CREATE INDEX schedules_queued ON schedules (name) WHERE queued_for IS NOT NULL;
CREATE INDEX schedules_task ON schedules (task_name, name) WHERE origin = 'code';
CREATE INDEX task_runs_schedule ON task_runs (schedule, id) WHERE schedule IS NOT NULL AND finished_at IS NULL;
CREATE INDEX task_runs_ended ON task_runs (finished_at) WHERE finished_at IS NOT NULL AND retention_ms IS NULL;
CREATE INDEX task_runs_expired ON task_runs (finished_at + retention_ms)
    WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL;
CREATE INDEX stack_runs_lanes ON stack_runs (kind, lane, run_after, id)
    WHERE status = 'pending' AND paused = 0;
CREATE INDEX task_runs_slots ON task_runs (slot_scope, slot, priority DESC, id)
    WHERE slot_scope IS NOT NULL AND finished_at IS NULL;
CREATE INDEX task_runs_held ON task_runs (slot_scope)
    WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL;
CREATE INDEX idempotency_keys_expired ON idempotency_keys (expires_at);
CREATE INDEX webhooks_due ON webhooks (next_at) WHERE state = 'pending';
CREATE INDEX events_taken ON events (run_id) WHERE is_taken = 1;
CREATE INDEX event_receipts_run ON event_receipts (run_id);
CREATE INDEX task_runs_counts ON task_runs (task_name, status, id);
CREATE TRIGGER run_counts_made AFTER INSERT ON task_runs BEGIN
    INSERT INTO run_counts (task_name, status, runs) VALUES (NEW.task_name, NEW.status, 1)
    ON CONFLICT (task_name, status) DO UPDATE SET runs = runs + 1;
END;
CREATE TRIGGER run_counts_moved AFTER UPDATE OF status ON task_runs WHEN OLD.status <> NEW.status BEGIN
    UPDATE run_counts SET runs = runs - 1 WHERE task_name = OLD.task_name AND status = OLD.status;
    INSERT INTO run_counts (task_name, status, runs) VALUES (NEW.task_name, NEW.status, 1)
    ON CONFLICT (task_name, status) DO UPDATE SET runs = runs + 1;
END;
CREATE TRIGGER run_counts_gone AFTER DELETE ON task_runs BEGIN
    UPDATE run_counts SET runs = runs - 1 WHERE task_name = OLD.task_name AND status = OLD.status;
END;
CREATE TRIGGER figures_run_ended AFTER UPDATE OF status ON task_runs
WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL BEGIN
    INSERT INTO figures (metric, label, bucket, count, sum)
    SELECT 'tasker_run_seconds', NEW.status,
           (ms > 100) + (ms > 1000) + (ms > 5000) + (ms > 15000) + (ms > 60000) + (ms > 300000) + (ms > 1800000)
           + (ms > 7200000) + (ms > 43200000) + (ms > 86400000) + (ms > 604800000) + (ms > 2592000000),
           1, ms
    FROM (SELECT max(NEW.finished_at - coalesce(NEW.run_at, NEW.created_at), 0) AS ms) WHERE true
    ON CONFLICT (metric, label, bucket) DO UPDATE SET count = count + 1, sum = sum + excluded.sum;
END;
COMMIT;
