-- What the wrapped services keep. The script may be applied any number of times, as the others.

-- Which namespaces of the keystore a version of a task may use: a JSON array of patterns. A version
-- without a row declared nothing.
CREATE TABLE IF NOT EXISTS tasker.task_grants (
    task_name TEXT COLLATE "C" NOT NULL,
    task_version TEXT COLLATE "C" NOT NULL,
    namespaces TEXT NOT NULL,
    PRIMARY KEY (task_name, task_version),
    FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions (name, version)
);

-- How many calls of a service have begun since its window's start. Only for services with a limit.
CREATE TABLE IF NOT EXISTS tasker.call_windows (
    service TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    calls BIGINT NOT NULL
) WITH (fillfactor = 50);

-- The calls under way of a service. Only for services with a limit.
CREATE TABLE IF NOT EXISTS tasker.call_slots (
    service TEXT COLLATE "C" NOT NULL,
    token TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (service, token)
);

-- Encrypted values that the instances of a service share for a time. `revision` counts the values
-- of a key; whoever holds the lease makes the next one.
CREATE TABLE IF NOT EXISTS tasker.shared_values (
    service TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    -- 0: there is no value.
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

INSERT INTO tasker.migrations (version) VALUES (2) ON CONFLICT DO NOTHING;
