-- What schema version 62 has besides that of version 61.
CREATE TABLE publications (
    task_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    version TEXT,
    PRIMARY KEY (task_name, at),
    FOREIGN KEY (task_name, version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;
INSERT INTO publications VALUES ('main', 5, 'v1');
CREATE TABLE leases (
    name TEXT NOT NULL,
    place INTEGER NOT NULL,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (name, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_expired ON leases (expires_at);
INSERT INTO leases VALUES ('calls wrappedgapi', 0, 'c', 90000), ('drainer', 0, 'drainer', 90000), ('signature used', 0, 's', 90000);
DROP TABLE drainers;
DROP TABLE call_slots;
DELETE FROM shared_values WHERE service IN ('drain', 'internal');
CREATE TABLE keystore_changes (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    call TEXT NOT NULL,
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    PRIMARY KEY (namespace, key, call)
) STRICT, WITHOUT ROWID;
CREATE INDEX keystore_changes_run ON keystore_changes (run_id);
CREATE TABLE api_keys (
    name TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    permissions TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE TABLE wrong_keys (
    client TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wrong_keys_started ON wrong_keys (started_at);
CREATE INDEX stack_runs_nested ON stack_runs (run_id) WHERE kind = 'frame' AND parent_id IS NOT NULL;
INSERT INTO migrations (version) VALUES (62);
