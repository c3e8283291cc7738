-- The queue: how much is due, and when.

CREATE FUNCTION _is_due(p_kind text, p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT FROM _lanes(p_kind) AS l WHERE l.due <= p_now);
END $$;

CREATE FUNCTION queue_depth(p_now bigint)
RETURNS TABLE (depth bigint, oldest bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT coalesce(sum(n.rows), 0)::bigint, coalesce(p_now - min(l.due), 0)
    FROM unnest(ARRAY['frame', 'call']) AS k (kind) CROSS JOIN LATERAL _lanes(k.kind) AS l
    CROSS JOIN LATERAL (
        SELECT count(*) AS rows FROM stack_runs s
        WHERE s.status = 'pending' AND NOT s.paused AND s.kind = k.kind AND s.lane = l.lane
          AND s.run_after <= p_now
    ) AS n
    WHERE l.due <= p_now;
END $$;

-- Due rows are counted up to a bound: a flood must not make every sweep walk over it.
CREATE FUNCTION _count_due(p_now bigint, p_bound bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM (
        SELECT FROM unnest(ARRAY['frame', 'call']) AS k (kind) CROSS JOIN LATERAL _lanes(k.kind) AS l
        CROSS JOIN LATERAL (
            SELECT FROM stack_runs s
            WHERE s.status = 'pending' AND NOT s.paused AND s.kind = k.kind AND s.lane = l.lane
              AND s.run_after <= p_now
            LIMIT p_bound
        ) AS due
        WHERE l.due <= p_now LIMIT p_bound) AS counted);
END $$;

-- How many rows are being worked on.
CREATE FUNCTION at_work()
RETURNS TABLE (frames bigint, calls bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT count(*) FILTER (WHERE s.kind = 'frame'), count(*) FILTER (WHERE s.kind = 'call')
    FROM stack_runs s WHERE s.status = 'processing' AND s.kind IN ('frame', 'call');
END $$;

-- When the next row is due, or the next has had its time.
CREATE FUNCTION next_due() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN least(
        (SELECT min(l.due) FROM _lanes('frame') AS l),
        (SELECT min(l.due) FROM _lanes('call') AS l),
        (SELECT s.expires_at FROM stack_runs s WHERE s.expires_at IS NOT NULL ORDER BY s.expires_at LIMIT 1));
END $$;
