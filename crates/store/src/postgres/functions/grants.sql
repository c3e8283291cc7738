-- What tasks may use of the keystore.

CREATE FUNCTION publish_granted(
    p_name text, p_version text, p_created_at bigint, p_description text, p_input_schema text,
    p_code text, p_modules text, p_timeout_ms bigint, p_namespaces text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    published text :=
        publish(p_name, p_version, p_created_at, p_description, p_input_schema, p_code, p_modules,
                p_timeout_ms);
    had text := grants(p_name, p_version);
BEGIN
    IF had IS NOT DISTINCT FROM p_namespaces THEN
        RETURN published;
    END IF;
    IF p_namespaces IS NULL THEN
        DELETE FROM task_grants WHERE task_name = p_name AND task_version = p_version;
    ELSE
        INSERT INTO task_grants (task_name, task_version, namespaces)
        VALUES (p_name, p_version, p_namespaces)
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
