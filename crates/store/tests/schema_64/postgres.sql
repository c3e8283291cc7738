-- What schema version 64 has besides that of version 63.
ALTER TABLE tasker.task_runs ADD COLUMN starts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasker.task_runs ADD COLUMN tags TEXT;
CREATE TABLE tasker.run_tags (
    run_id UUID NOT NULL REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    tag TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, tag)
);
CREATE TABLE tasker.run_progress (
    run_id UUID PRIMARY KEY REFERENCES tasker.task_runs (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    number BIGINT NOT NULL,
    value TEXT NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE tasker.run_waits (
    stack_run_id UUID PRIMARY KEY REFERENCES tasker.stack_runs (id) ON DELETE CASCADE,
    run_id UUID NOT NULL
);
CREATE INDEX run_tags_tag ON tasker.run_tags (tag, run_id);
CREATE INDEX run_waits_run ON tasker.run_waits (run_id);
INSERT INTO tasker.migrations (version) VALUES (64);
