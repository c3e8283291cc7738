-- What tasks may use of the keystore.

CREATE FUNCTION publish_granted(p_version text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN _publish_granted(json_populate_record(NULL::new_version, p_version::json));
END $$;

CREATE FUNCTION _publish_granted(task new_version) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    published text := _publish(task);
    had text := grants(task.name, task.version);
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

CREATE FUNCTION grants(p_name text, p_version text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT namespaces FROM task_grants WHERE task_name = p_name AND task_version = p_version);
END $$;

CREATE FUNCTION frame_grants(p_run uuid, p_frame text)
RETURNS TABLE (task_name text, namespaces text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.task_name, g.namespaces
    FROM stack_runs s LEFT JOIN task_grants g USING (task_name, task_version)
    WHERE s.run_id = p_run AND s.path = p_frame AND s.kind = 'frame';
END $$;
