-- API keys, and who has sent wrong ones.

-- Whether there was none of this name or hash.
CREATE FUNCTION add_api_key(
    p_name text, p_hash bytea, p_created_at bigint, p_expires_at bigint, p_used_at bigint, p_permissions text
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO api_keys (name, hash, created_at, expires_at, used_at, permissions)
    VALUES (p_name, p_hash, p_created_at, p_expires_at, p_used_at, p_permissions)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

CREATE FUNCTION api_key(p_hash bytea)
RETURNS TABLE (name text, hash bytea, created_at bigint, expires_at bigint, used_at bigint, permissions text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT k.name, k.hash, k.created_at, k.expires_at, k.used_at, k.permissions
    FROM api_keys k WHERE k.hash = p_hash;
END $$;

CREATE FUNCTION api_keys(p_after text, p_limit bigint)
RETURNS TABLE (name text, hash bytea, created_at bigint, expires_at bigint, used_at bigint, permissions text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT k.name, k.hash, k.created_at, k.expires_at, k.used_at, k.permissions
    FROM api_keys k WHERE k.name > p_after ORDER BY k.name LIMIT p_limit;
END $$;

CREATE FUNCTION remove_api_key(p_name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM api_keys WHERE name = p_name;
    RETURN FOUND;
END $$;

CREATE FUNCTION use_api_key(p_name text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE api_keys SET used_at = p_now WHERE name = p_name;
    RETURN FOUND;
END $$;

-- A count that a clock far ahead has begun would never end.
CREATE FUNCTION count_wrong_key(p_client text, p_now bigint, p_window bigint, p_clients bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- One at a time: what is counted decides, and rows of many clients go in no order.
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker wrong keys', 0));
    DELETE FROM wrong_keys WHERE started_at <= p_now - p_window OR started_at > p_now;
    UPDATE wrong_keys SET times = times + 1 WHERE client = p_client;
    IF NOT FOUND AND (SELECT count(*) FROM wrong_keys) < p_clients THEN
        INSERT INTO wrong_keys (client, started_at, times) VALUES (p_client, p_now, 1);
    END IF;
    RETURN FOUND;
END $$;

CREATE FUNCTION wrong_keys(p_client text, p_now bigint, p_window bigint)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((
        SELECT times FROM wrong_keys
        WHERE client = p_client AND started_at > p_now - p_window AND started_at <= p_now
    ), 0);
END $$;
