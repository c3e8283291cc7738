-- Pausing runs.

-- NULL: there is no such run.
CREATE FUNCTION set_paused(p_id uuid, p_paused boolean, p_now bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    held task_runs;
BEGIN
    SELECT * INTO held FROM task_runs r WHERE r.id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF held.finished_at IS NOT NULL THEN
        RETURN 'finished';
    ELSIF held.stop IS NOT NULL THEN
        RETURN 'stopping';
    ELSIF (held.paused_at IS NOT NULL) = p_paused THEN
        RETURN 'already';
    END IF;
    UPDATE task_runs r SET paused_at = CASE WHEN p_paused THEN p_now END, updated_at = p_now WHERE r.id = p_id;
    UPDATE stack_runs s SET paused = p_paused WHERE s.run_id = p_id AND s.paused <> p_paused;
    RETURN 'done';
END $$;
