-- Values that the instances of a service share.

-- The value and its revision if it is fresh; else until when another makes it; else nothing: it is the
-- caller's to make.
CREATE FUNCTION shared(p_service text, p_key text, p_token text, p_expires_at bigint, p_now bigint)
RETURNS TABLE (ciphertext bytea, revision bigint, until bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    held_until bigint;
BEGIN
    -- Nearly always there is a fresh value: reading it takes no lock.
    RETURN QUERY SELECT * FROM _fresh(p_service, p_key, p_now);
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO shared_values AS v (service, key, revision, fresh_until, lease_token, lease_expires_at)
    VALUES (p_service, p_key, 0, 0, p_token, p_expires_at)
    ON CONFLICT (service, key) DO UPDATE
        SET lease_token = excluded.lease_token, lease_expires_at = excluded.lease_expires_at
        WHERE v.fresh_until <= p_now AND (v.lease_token IS NULL OR v.lease_expires_at <= p_now);
    IF FOUND THEN
        RETURN;
    END IF;
    -- Someone was quicker: with a value, or with the right to make one.
    RETURN QUERY SELECT * FROM _fresh(p_service, p_key, p_now);
    IF NOT FOUND THEN
        SELECT v.lease_expires_at INTO held_until FROM shared_values v
        WHERE v.service = p_service AND v.key = p_key;
        RETURN QUERY SELECT NULL::bytea, NULL::bigint, coalesce(held_until, p_now);
    END IF;
END $$;

CREATE FUNCTION _fresh(p_service text, p_key text, p_now bigint)
RETURNS TABLE (ciphertext bytea, revision bigint, until bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT v.ciphertext, v.revision, NULL::bigint FROM shared_values v
    WHERE v.service = p_service AND v.key = p_key AND v.fresh_until > p_now;
END $$;

CREATE FUNCTION put_shared(
    p_service text, p_key text, p_token text, p_ciphertext bytea, p_fresh_until bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    UPDATE shared_values v
    SET ciphertext = p_ciphertext, fresh_until = p_fresh_until, revision = v.revision + 1,
        lease_token = NULL, lease_expires_at = NULL
    WHERE v.service = p_service AND v.key = p_key AND v.lease_token = p_token
    RETURNING v.revision INTO made;
    RETURN made;
END $$;

CREATE FUNCTION give_up_shared(p_service text, p_key text, p_token text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shared_values SET lease_token = NULL, lease_expires_at = NULL
    WHERE service = p_service AND key = p_key AND lease_token = p_token;
    RETURN FOUND;
END $$;

CREATE FUNCTION forget_shared(p_service text, p_key text, p_revision bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shared_values SET fresh_until = 0, ciphertext = NULL
    WHERE service = p_service AND key = p_key AND revision = p_revision AND fresh_until > 0;
    RETURN FOUND;
END $$;

-- The revision goes too, so a value comes back with one that was used before: by then nobody
-- remembers that one.
CREATE FUNCTION drop_expired_shared(p_before bigint, p_limit bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    DELETE FROM shared_values v USING (
        SELECT e.service, e.key FROM shared_values e
        WHERE e.fresh_until < p_before AND (e.lease_token IS NULL OR e.lease_expires_at < p_before)
        ORDER BY e.fresh_until LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) AS expired
    WHERE v.service = expired.service AND v.key = expired.key;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;
