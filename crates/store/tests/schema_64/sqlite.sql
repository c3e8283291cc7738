-- What schema version 64 has besides that of version 63.
ALTER TABLE task_runs ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task_runs ADD COLUMN tags TEXT;
CREATE TABLE run_tags (
    run_id TEXT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_progress (
    run_id TEXT NOT NULL PRIMARY KEY REFERENCES task_runs (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE run_waits (
    stack_run_id TEXT NOT NULL PRIMARY KEY REFERENCES stack_runs (id) ON DELETE CASCADE,
    run_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_tags_tag ON run_tags (tag, run_id);
CREATE INDEX run_waits_run ON run_waits (run_id);
INSERT INTO migrations (version) VALUES (64);
