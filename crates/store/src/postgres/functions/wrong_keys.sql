-- Clients that have sent wrong keys.

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
