-- The queue: claiming stack runs, and the drainers' slots.

-- The lanes that have pending rows of a kind whose run is not paused, and when the first row of each is
-- due: one look into an index for each lane, however many rows it has. The settings keep the planner to that
-- also while the table has no statistics, as after a flood.
CREATE FUNCTION _lanes(p_kind text) RETURNS TABLE (lane text, due bigint) LANGUAGE plpgsql
SET enable_bitmapscan = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    head record;
BEGIN
    lane := '';
    LOOP
        SELECT s.lane, s.run_after INTO head FROM stack_runs s
        WHERE s.status = 'pending' AND NOT s.paused AND s.kind = p_kind AND s.lane > _lanes.lane
        ORDER BY s.lane, s.run_after LIMIT 1;
        EXIT WHEN NOT FOUND;
        lane := head.lane;
        due := head.run_after;
        RETURN NEXT;
    END LOOP;
END $$;

-- The rows of a kind to claim, at most so many, in their order: greater priorities first (the first three
-- digits of a lane), then each lane in turn, beginning with the one that is worked on the least. Of each
-- lane only its first rows are looked at, so a flood in one lane costs nothing.
CREATE FUNCTION _due(p_kind text, p_limit bigint, p_now bigint) RETURNS uuid[] LANGUAGE plpgsql
SET enable_bitmapscan = off SET enable_seqscan = off AS $$
BEGIN
    RETURN ARRAY(
        WITH busy AS MATERIALIZED (
            SELECT p.lane, count(*) AS rows FROM stack_runs p
            WHERE p.status = 'processing' AND p.kind = p_kind GROUP BY p.lane
        ), chosen AS MATERIALIZED (
            SELECT l.lane, coalesce(b.rows, 0) AS rows
            FROM _lanes(p_kind) AS l LEFT JOIN busy b ON b.lane = l.lane
            WHERE l.due <= p_now
            ORDER BY left(l.lane, 3), coalesce(b.rows, 0), l.due, l.lane LIMIT p_limit
        )
        SELECT d.id
        FROM chosen c CROSS JOIN LATERAL (
            SELECT s.id, s.run_after, row_number() OVER (ORDER BY s.run_after, s.id) AS place
            FROM (SELECT h.id, h.run_after FROM stack_runs h
                  WHERE h.status = 'pending' AND NOT h.paused AND h.kind = p_kind AND h.lane = c.lane
                    AND h.run_after <= p_now
                  ORDER BY h.run_after, h.id LIMIT p_limit) AS s
        ) AS d
        ORDER BY left(c.lane, 3), c.rows + d.place, d.run_after, d.id LIMIT p_limit);
END $$;

-- Holds those of these rows that are still due. They are found by their ids alone: what they are is looked
-- at afterwards, or else a planner without statistics walks over all that is pending.
CREATE FUNCTION _hold_due(p_ids uuid[], p_now bigint) RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        WITH held AS MATERIALIZED (
            SELECT s.id, s.status, s.paused, s.run_after FROM stack_runs s
            WHERE s.id = ANY (p_ids) FOR NO KEY UPDATE SKIP LOCKED
        )
        SELECT h.id FROM held h
        WHERE h.status = 'pending' AND NOT h.paused AND h.run_after <= p_now
        ORDER BY array_position(p_ids, h.id));
END $$;

-- Holds rows of a kind to claim. Those that others are claiming at this moment are skipped, so that claims
-- do not wait for each other; then one looks further.
CREATE FUNCTION _pick(p_kind text, p_limit bigint, p_now bigint) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    found_ids uuid[];
    picked uuid[] := '{}';
    missing int;
BEGIN
    IF p_limit = 0 THEN
        RETURN picked;
    END IF;
    found_ids := _due(p_kind, p_limit, p_now);
    picked := _hold_due(found_ids, p_now);
    IF cardinality(picked) < cardinality(found_ids) THEN
        found_ids := ARRAY(SELECT f.id FROM unnest(_due(p_kind, p_limit * 8, p_now)) WITH ORDINALITY AS f (id, place)
                           WHERE f.id <> ALL (picked) ORDER BY f.place);
        -- No more are held than are missing: what is held here is skipped by others.
        WHILE cardinality(picked) < p_limit AND cardinality(found_ids) > 0 LOOP
            missing := p_limit - cardinality(picked);
            picked := picked || _hold_due(found_ids[1 : missing], p_now);
            found_ids := found_ids[missing + 1 :];
        END LOOP;
    END IF;
    RETURN picked;
END $$;

-- Tells of each row whether it is the root frame of a run that has yet to ask for a slot.
CREATE FUNCTION claim(p_frames bigint, p_calls bigint, p_owner text, p_expires_at bigint, p_now bigint)
RETURNS TABLE (
    due bigint, wants_slot boolean, id uuid, lease_token bigint, run_id uuid, path text, attempt bigint,
    kind text, call_number bigint, service text, method text, args text, options text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    picked uuid[] := _pick('frame', p_frames, p_now) || _pick('call', p_calls, p_now);
BEGIN
    IF cardinality(picked) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE stack_runs s
    SET status = 'processing', lease_token = s.lease_token + 1, lease_owner = p_owner,
        lease_expires_at = p_expires_at, updated_at = p_now
    WHERE s.id = ANY (picked)
    RETURNING s.run_after,
              s.parent_id IS NULL AND EXISTS (SELECT FROM task_runs r
                                       WHERE r.id = s.run_id AND r.slot_scope IS NOT NULL AND r.slot = 0),
              s.id, s.lease_token, s.run_id, s.path, s.attempt, s.kind, s.call_number,
              s.service, s.method, coalesce(s.args, ''), s.options;
END $$;

-- A slot that looks taken may be given back at this very moment, by a drainer that has not seen the
-- work for which this one is wanted: whoever looks waits for that. Most find all slots taken, and write nothing.
CREATE FUNCTION take_slot(p_slots bigint, p_token text, p_expires_at bigint, p_now bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    holder drainers;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('tasker drainers', 0));
    IF (SELECT count(*) FROM drainers d WHERE d.slot < p_slots AND d.expires_at > p_now) >= p_slots THEN
        RETURN NULL;
    END IF;
    FOR slot_number IN 0 .. p_slots - 1 LOOP
        SELECT * INTO holder FROM drainers d WHERE d.slot = slot_number FOR UPDATE;
        IF FOUND AND holder.expires_at > p_now THEN
            CONTINUE;
        END IF;
        INSERT INTO drainers AS d (slot, token, expires_at) VALUES (slot_number, p_token, p_expires_at)
        ON CONFLICT (slot) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
            WHERE d.expires_at <= p_now;
        IF FOUND THEN
            RETURN slot_number;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION renew_slot(p_slot bigint, p_token text, p_expires_at bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drainers SET expires_at = p_expires_at WHERE slot = p_slot AND token = p_token;
    RETURN FOUND;
END $$;

-- Whether the slot is not held any more. Nobody may look for a slot first and the queue is looked at second: whoever
-- queues work after that look waits, and finds the slot free.
CREATE FUNCTION release_slot(p_slot bigint, p_token text, p_hand_over boolean, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker drainers', 0));
    PERFORM FROM drainers WHERE slot = p_slot AND token = p_token FOR UPDATE;
    -- A slot that has passed to someone else is not held either.
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    IF NOT p_hand_over AND _is_due('frame', p_now) OR NOT p_hand_over AND _is_due('call', p_now) THEN
        RETURN false;
    END IF;
    DELETE FROM drainers WHERE slot = p_slot AND token = p_token;
    RETURN true;
END $$;

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

-- How many calls are being made.
CREATE FUNCTION calls_out() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT count(*) FROM stack_runs s WHERE s.status = 'processing' AND s.kind = 'call');
END $$;

-- When the next row is due, or the next has had its time.
CREATE FUNCTION next_due() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN least(
        (SELECT min(l.due) FROM _lanes('frame') AS l),
        (SELECT min(l.due) FROM _lanes('call') AS l),
        (SELECT s.expires_at FROM stack_runs s WHERE s.expires_at IS NOT NULL ORDER BY s.expires_at LIMIT 1));
END $$;

CREATE FUNCTION stack(p_run uuid) RETURNS TABLE (
    id uuid, path text, status text, attempt bigint, run_after bigint, lease_expires_at bigint,
    expires_at bigint, created_at bigint, updated_at bigint, raw_bytes bigint, bytes bigint, engine text, "position" bigint,
    task_name text, input text, call_number bigint, service text, method text, options text,
    args text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.id, s.path, s.status, s.attempt, s.run_after, s.lease_expires_at, s.expires_at,
           s.created_at, s.updated_at, p.raw_bytes, octet_length(p.bytes)::bigint, p.engine, p.position,
           s.task_name, r.input, s.call_number, s.service, s.method, s.options, s.args
    FROM stack_runs s
    JOIN task_runs r ON r.id = s.run_id
    LEFT JOIN snapshots p ON p.stack_run_id = s.id
    WHERE s.run_id = p_run;
END $$;
