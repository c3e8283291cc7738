-- What schema version 62 has besides that of version 61.
CREATE TABLE tasker.publications (
    task_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    version TEXT COLLATE "C",
    PRIMARY KEY (task_name, at),
    FOREIGN KEY (task_name, version) REFERENCES tasker.task_functions (name, version)
);
INSERT INTO tasker.publications VALUES ('main', 5, 'v1');
CREATE TABLE tasker.leases (
    name TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    token TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (name, place)
);
CREATE INDEX leases_expired ON tasker.leases (expires_at);
INSERT INTO tasker.leases VALUES ('calls wrappedgapi', 0, 'c', 90000), ('drainer', 0, 'drainer', 90000), ('signature used', 0, 's', 90000);
DROP TABLE tasker.drainers, tasker.call_slots;
DELETE FROM tasker.shared_values WHERE service IN ('drain', 'internal');
CREATE TABLE tasker.keystore_changes (
    namespace TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    call TEXT COLLATE "C" NOT NULL,
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    PRIMARY KEY (namespace, key, call)
);
CREATE INDEX keystore_changes_run ON tasker.keystore_changes (run_id);
CREATE TABLE tasker.api_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    permissions TEXT NOT NULL
);
CREATE UNIQUE INDEX api_keys_hash ON tasker.api_keys (hash);
CREATE TABLE tasker.wrong_keys (
    client TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    times BIGINT NOT NULL
);
CREATE INDEX wrong_keys_started ON tasker.wrong_keys (started_at);
CREATE INDEX stack_runs_nested ON tasker.stack_runs (run_id) WHERE kind = 'frame' AND parent_id IS NOT NULL;
INSERT INTO tasker.migrations (version) VALUES (62);
