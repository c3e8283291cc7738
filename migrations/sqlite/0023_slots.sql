-- Applied once, by the app itself. How many runs may go on at once.

-- What the run shares a limit with: the task, or the task and a key. NULL: it has no limit.
ALTER TABLE task_runs ADD COLUMN slot_scope TEXT;
ALTER TABLE task_runs ADD COLUMN slot_limit INTEGER;
-- 0: it has not asked for a slot, 1: it waits for one, 2: it has one, until it ends. Slots are
-- counted, never kept count of.
ALTER TABLE task_runs ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;

-- Counting the slots of a scope that are taken; finding who is next.
CREATE INDEX task_runs_slots ON task_runs (slot_scope, slot, priority DESC, id)
    WHERE slot_scope IS NOT NULL AND finished_at IS NULL;
-- Sweeping: the scopes in which someone waits.
CREATE INDEX task_runs_held ON task_runs (slot_scope)
    WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL;

-- Up to which scope the sweeps have looked for free slots.
ALTER TABLE sweeps ADD COLUMN admitted_up_to TEXT NOT NULL DEFAULT '';

INSERT OR IGNORE INTO migrations (version) VALUES (23);
