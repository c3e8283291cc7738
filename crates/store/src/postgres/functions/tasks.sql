-- Published tasks.

-- A version to publish, as callers describe it in JSON: the task, its grants (NULL: the default), and what its code says of
-- its runs.
CREATE TYPE new_version AS (
    name text, version text, created_at bigint, description text, input_schema text, code text, modules text,
    timeout_ms bigint, namespaces text, retention_ms bigint, priority bigint, at_once bigint, at_once_per text,
    attempts bigint
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

CREATE VIEW published AS
SELECT name, version, code, modules, description, input_schema, timeout_ms, created_at FROM task_functions
WHERE is_current;

CREATE FUNCTION task(p_name text) RETURNS SETOF published LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM published WHERE name = p_name;
END $$;

-- The version that was current at the moment whose versions the run meets.
CREATE FUNCTION task_of_run(p_name text, p_run uuid) RETURNS SETOF published LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    met text;
BEGIN
    SELECT p.version INTO met FROM publications p
    WHERE p.task_name = p_name
      AND p.at <= (SELECT coalesce(r.versions_at, r.created_at) FROM task_runs r WHERE r.id = p_run)
    ORDER BY p.at DESC LIMIT 1;
    RETURN QUERY
    SELECT name, version, code, modules, description, input_schema, timeout_ms, created_at FROM task_functions
    WHERE name = p_name AND CASE WHEN met IS NULL THEN is_current ELSE version = met END;
END $$;

CREATE FUNCTION tasks(p_after text, p_limit bigint) RETURNS SETOF published LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT name, version, '', '', description, input_schema, timeout_ms, created_at FROM published
    WHERE name > p_after ORDER BY name LIMIT p_limit;
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
