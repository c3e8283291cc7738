-- Changing a value of the keystore in one step.

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
