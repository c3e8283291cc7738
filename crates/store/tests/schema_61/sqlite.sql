-- What schema version 61 has besides that of version 60.
ALTER TABLE task_runs ADD COLUMN versions_at INTEGER;
ALTER TABLE schedules ADD COLUMN queued_more TEXT NOT NULL DEFAULT '[]';
ALTER TABLE schedules ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN skipped_at INTEGER;
ALTER TABLE schedules ADD COLUMN skipped_why TEXT;
INSERT INTO migrations (version) VALUES (61);
