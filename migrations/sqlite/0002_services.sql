-- What the wrapped services keep. The script may be applied any number of times, as the others.

-- Which namespaces of the keystore a version of a task may use: a JSON array of patterns. A version
-- without a row declared nothing.
CREATE TABLE IF NOT EXISTS task_grants (
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    namespaces TEXT NOT NULL,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES task_functions (name, version)
) STRICT, WITHOUT ROWID;

-- How many calls of a service have begun since its window's start. Only for services with a limit.
CREATE TABLE IF NOT EXISTS call_windows (
    service TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The calls under way of a service. Only for services with a limit.
CREATE TABLE IF NOT EXISTS call_slots (
    service TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (service, token)
) STRICT, WITHOUT ROWID;

-- Encrypted values that the instances of a service share for a time. `revision` counts the values
-- of a key; whoever holds the lease makes the next one.
CREATE TABLE IF NOT EXISTS shared_values (
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

-- Removing shared values that nobody has asked for since they expired.
CREATE INDEX IF NOT EXISTS shared_values_expired ON shared_values (fresh_until);

INSERT OR IGNORE INTO migrations (version) VALUES (2);
