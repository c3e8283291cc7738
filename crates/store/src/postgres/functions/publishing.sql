-- Publishing tasks, and withdrawing them.

-- A version to publish, as callers describe it in JSON: the task, its grants (NULL: the default), what its code says of
-- its runs, and what it may reach.
CREATE TYPE new_version AS (
    name text, version text, created_at bigint, description text, input_schema text, code text, modules text,
    timeout_ms bigint, namespaces text, retention_ms bigint, priority bigint, at_once bigint, at_once_per text,
    attempts bigint, reach text
);

CREATE FUNCTION publish(p_version text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN _publish(json_populate_record(NULL::new_version, p_version::json));
END $$;

CREATE FUNCTION _publish(task new_version) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    present text;
BEGIN
    -- One publishes a name at a time: the version that is current decides what is answered.
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker publish ' || task.name, 0));
    SELECT f.version INTO present FROM task_functions f WHERE f.name = task.name AND f.is_current;
    IF present = task.version THEN
        RETURN 'unchanged';
    END IF;
    UPDATE task_functions f SET is_current = false WHERE f.name = task.name AND f.is_current;
    INSERT INTO task_functions
        (name, version, is_current, created_at, description, input_schema, code, modules, timeout_ms)
    VALUES (task.name, task.version, true, task.created_at, task.description, task.input_schema, task.code,
            task.modules, task.timeout_ms)
    ON CONFLICT (name, version) DO UPDATE SET is_current = true;
    PERFORM _note_version(task.name, task.version, task.created_at);
    RETURN CASE WHEN present IS NULL THEN 'created' ELSE 'updated' END;
END $$;

-- Notes which version is current from now on; NULL: none. The last note stays the last, though the clock be set back.
CREATE FUNCTION _note_version(p_name text, p_version text, p_at bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO publications (task_name, at, version)
    SELECT p_name, greatest(p_at, max(p.at)), p_version FROM publications p WHERE p.task_name = p_name
    ON CONFLICT (task_name, at) DO UPDATE SET version = excluded.version;
END $$;

CREATE FUNCTION publish_granted(p_version text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN _publish_granted(json_populate_record(NULL::new_version, p_version::json));
END $$;

CREATE FUNCTION _publish_granted(task new_version) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    published text := _publish(task);
    had text := (
        SELECT g.namespaces FROM task_grants g WHERE g.task_name = task.name AND g.task_version = task.version);
BEGIN
    IF had IS NOT DISTINCT FROM task.namespaces THEN
        RETURN published;
    END IF;
    IF task.namespaces IS NULL THEN
        DELETE FROM task_grants g WHERE g.task_name = task.name AND g.task_version = task.version;
    ELSE
        INSERT INTO task_grants (task_name, task_version, namespaces)
        VALUES (task.name, task.version, task.namespaces)
        ON CONFLICT (task_name, task_version) DO UPDATE SET namespaces = excluded.namespaces;
    END IF;
    RETURN CASE published WHEN 'unchanged' THEN 'updated' ELSE published END;
END $$;

-- p_schedules is a JSON array of what the code declares. Answers as `publish` does.
CREATE FUNCTION publish_with(p_version text, p_schedules text, p_now bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    task new_version := json_populate_record(NULL::new_version, p_version::json);
    published text := _publish_granted(task);
    set boolean := _set_settings(task);
    declared boolean := _declare_schedules(task.name, p_schedules, p_now);
BEGIN
    RETURN CASE WHEN published = 'unchanged' AND (set OR declared) THEN 'updated' ELSE published END;
END $$;

-- Keeps what a version's code says; answers whether that changed. A version that says nothing has no row.
CREATE FUNCTION _set_settings(task new_version) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF num_nonnulls(task.retention_ms, task.priority, task.at_once, task.attempts, task.reach) = 0 THEN
        DELETE FROM task_settings t WHERE t.task_name = task.name AND t.task_version = task.version;
    ELSE
        INSERT INTO task_settings AS t
            (task_name, task_version, retention_ms, priority, at_once, at_once_per, attempts, reach)
        VALUES (task.name, task.version, task.retention_ms, task.priority, task.at_once, task.at_once_per,
                task.attempts, task.reach)
        ON CONFLICT (task_name, task_version) DO UPDATE SET
            retention_ms = excluded.retention_ms, priority = excluded.priority,
            at_once = excluded.at_once, at_once_per = excluded.at_once_per,
            attempts = excluded.attempts, reach = excluded.reach
        WHERE (t.retention_ms, t.priority, t.at_once, t.at_once_per, t.attempts, t.reach) IS DISTINCT FROM (
            excluded.retention_ms, excluded.priority, excluded.at_once, excluded.at_once_per,
            excluded.attempts, excluded.reach);
    END IF;
    RETURN FOUND;
END $$;

CREATE FUNCTION delete_task(p_name text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    had_one boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker publish ' || p_name, 0));
    UPDATE task_functions SET is_current = false WHERE name = p_name AND is_current;
    had_one := FOUND;
    IF had_one THEN
        PERFORM _note_version(p_name, NULL, p_now);
    END IF;
    DELETE FROM schedules WHERE task_name = p_name AND origin = 'code';
    RETURN had_one;
END $$;
