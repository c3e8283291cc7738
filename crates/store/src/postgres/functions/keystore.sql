-- Encrypted values, and changing the key under which they are sealed.

CREATE FUNCTION get(p_namespace text, p_key text) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT ciphertext FROM keystore WHERE namespace = p_namespace AND key = p_key);
END $$;

-- Whether the key is new.
CREATE FUNCTION put(p_namespace text, p_key text, p_ciphertext bytea, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    writes bigint;
BEGIN
    INSERT INTO keystore AS k (namespace, key, created_at, updated_at, revision, ciphertext)
    VALUES (p_namespace, p_key, p_now, p_now, 1, p_ciphertext)
    ON CONFLICT (namespace, key) DO UPDATE SET
        ciphertext = excluded.ciphertext, updated_at = excluded.updated_at, revision = k.revision + 1
    RETURNING k.revision INTO writes;
    RETURN writes = 1;
END $$;

-- The empty key sorts first and may exist.
CREATE FUNCTION keys(p_namespace text, p_after text, p_limit bigint)
RETURNS TABLE (key text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT k.key FROM keystore k WHERE k.namespace = p_namespace AND (p_after IS NULL OR k.key > p_after)
    ORDER BY k.key LIMIT p_limit;
END $$;

CREATE FUNCTION namespaces(p_after text, p_limit bigint)
RETURNS TABLE (namespace text, keys bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT k.namespace, count(*) FROM keystore k WHERE p_after IS NULL OR k.namespace > p_after
    GROUP BY k.namespace ORDER BY k.namespace LIMIT p_limit;
END $$;

CREATE FUNCTION remove(p_namespace text, p_key text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM keystore WHERE namespace = p_namespace AND key = p_key;
    RETURN FOUND;
END $$;

CREATE FUNCTION before_change(p_namespace text, p_key text, p_call text)
RETURNS TABLE (ciphertext bytea, answer text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT
        (SELECT k.ciphertext FROM keystore k WHERE k.namespace = p_namespace AND k.key = p_key),
        (SELECT c.answer FROM keystore_changes c
         WHERE c.namespace = p_namespace AND c.key = p_key AND c.call = p_call);
END $$;

-- Whether the value was the expected one and the call has not changed it before. Who comes second waits for the row.
CREATE FUNCTION change(
    p_namespace text, p_key text, p_call text, p_run uuid, p_expected bytea, p_ciphertext bytea, p_answer text,
    p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM keystore_changes c
               WHERE c.namespace = p_namespace AND c.key = p_key AND c.call = p_call) THEN
        RETURN false;
    END IF;
    IF p_expected IS NULL THEN
        INSERT INTO keystore (namespace, key, created_at, updated_at, revision, ciphertext)
        VALUES (p_namespace, p_key, p_now, p_now, 1, p_ciphertext)
        ON CONFLICT DO NOTHING;
    ELSE
        UPDATE keystore k SET ciphertext = p_ciphertext, updated_at = p_now, revision = k.revision + 1
        WHERE k.namespace = p_namespace AND k.key = p_key AND k.ciphertext = p_expected;
    END IF;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO keystore_changes (namespace, key, call, run_id, answer)
    VALUES (p_namespace, p_key, p_call, p_run, p_answer);
    RETURN true;
END $$;

CREATE FUNCTION sealed_otherwise(p_prefix bytea, p_namespace text, p_key text, p_limit bigint)
RETURNS TABLE (namespace text, key text, ciphertext bytea) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT k.namespace, k.key, k.ciphertext FROM keystore k
    WHERE (p_namespace IS NULL OR (k.namespace, k.key) > (p_namespace, p_key))
      AND substring(k.ciphertext FROM 1 FOR octet_length(p_prefix)) <> p_prefix
    ORDER BY k.namespace, k.key LIMIT p_limit;
END $$;

-- The value stays the same, so its revision and times do too.
CREATE FUNCTION reseal(p_namespace text, p_key text, p_old bytea, p_new bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE keystore SET ciphertext = p_new
    WHERE namespace = p_namespace AND key = p_key AND ciphertext = p_old;
    RETURN FOUND;
END $$;
