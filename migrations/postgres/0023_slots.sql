-- Applied once, by the app itself. How many runs may go on at once.

-- What the run shares a limit with: the task, or the task and a key. NULL: it has no limit.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS slot_scope TEXT COLLATE "C";
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS slot_limit BIGINT;
-- 0: it has not asked for a slot, 1: it waits for one, 2: it has one, until it ends. Slots are
-- counted, never kept count of.
ALTER TABLE tasker.task_runs ADD COLUMN IF NOT EXISTS slot BIGINT NOT NULL DEFAULT 0;

-- Counting the slots of a scope that are taken; finding who is next.
CREATE INDEX IF NOT EXISTS task_runs_slots ON tasker.task_runs (slot_scope, slot, priority DESC, id)
    WHERE slot_scope IS NOT NULL AND finished_at IS NULL;
-- Sweeping: the scopes in which someone waits.
CREATE INDEX IF NOT EXISTS task_runs_held ON tasker.task_runs (slot_scope)
    WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL;

-- Up to which scope the sweeps have looked for free slots.
ALTER TABLE tasker.sweeps ADD COLUMN IF NOT EXISTS admitted_up_to TEXT COLLATE "C" NOT NULL DEFAULT '';

INSERT INTO tasker.migrations (version) VALUES (23) ON CONFLICT DO NOTHING;
