-- Leases with a name.

-- The number of the place that was taken; else until when the first of those that are held is. One that looks held may be given
-- back at this very moment, by a drainer that has not seen the work for which this one is wanted: whoever looks waits for
-- that. Most find all held, and write nothing.
CREATE FUNCTION take_lease(p_name text, p_places bigint, p_token text, p_expires_at bigint, p_now bigint)
RETURNS TABLE (place bigint, until bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    free bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('tasker lease ' || p_name, 0));
    LOOP
        -- The least number that nobody holds is never greater than how many are held: many may look at once.
        SELECT f.place INTO free
        FROM (SELECT 0 AS place UNION ALL
              SELECT l.place + 1 FROM leases l WHERE l.name = p_name AND l.expires_at > p_now) f
        WHERE (SELECT count(*) FROM leases l WHERE l.name = p_name AND l.expires_at > p_now) < p_places
            AND NOT EXISTS (
                SELECT FROM leases l WHERE l.name = p_name AND l.place = f.place AND l.expires_at > p_now)
        ORDER BY f.place LIMIT 1;
        EXIT WHEN free IS NULL;
        INSERT INTO leases AS l (name, place, token, expires_at) VALUES (p_name, free, p_token, p_expires_at)
        ON CONFLICT (name, place) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
            WHERE l.expires_at <= p_now;
        IF FOUND THEN
            DELETE FROM leases l USING (
                SELECT o.name, o.place FROM leases o WHERE o.expires_at < p_now - :lease_remembered_ms
                ORDER BY o.expires_at LIMIT :leases_forgotten FOR UPDATE SKIP LOCKED
            ) AS old
            WHERE l.name = old.name AND l.place = old.place;
            RETURN QUERY SELECT free, NULL::bigint;
            RETURN;
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT NULL::bigint, coalesce(min(l.expires_at), p_now)
    FROM leases l WHERE l.name = p_name AND l.expires_at > p_now;
END $$;

CREATE FUNCTION renew_lease(p_name text, p_token text, p_expires_at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leases SET expires_at = p_expires_at WHERE name = p_name AND token = p_token;
    RETURN FOUND;
END $$;

CREATE FUNCTION give_back_lease(p_name text, p_token text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM leases WHERE name = p_name AND token = p_token;
    RETURN FOUND;
END $$;

-- Whether the lease is not held any more. Nobody may ask for one first and the queue is looked at second: whoever
-- queues work after that look waits, and finds the lease free.
CREATE FUNCTION give_back_if_idle(p_name text, p_token text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker lease ' || p_name, 0));
    PERFORM FROM leases WHERE name = p_name AND token = p_token FOR UPDATE;
    -- A lease that has passed to someone else is not held either.
    IF FOUND AND (_is_due('frame', p_now) OR _is_due('call', p_now)) THEN
        RETURN false;
    END IF;
    DELETE FROM leases WHERE name = p_name AND token = p_token;
    RETURN true;
END $$;
