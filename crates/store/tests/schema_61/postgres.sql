-- What schema version 61 has besides that of version 60.
ALTER TABLE tasker.task_runs ADD COLUMN versions_at BIGINT;
ALTER TABLE tasker.schedules ADD COLUMN queued_more TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tasker.schedules ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasker.schedules ADD COLUMN skipped_at BIGINT;
ALTER TABLE tasker.schedules ADD COLUMN skipped_why TEXT COLLATE "C";
INSERT INTO tasker.migrations (version) VALUES (61);
