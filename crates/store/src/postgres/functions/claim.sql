-- Claiming stack runs.

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
-- lane only its first rows are looked at, so a flood in one lane costs nothing. `p_others`: only of tasks (what follows
-- the priority in the name of a lane) of which none is worked on.
CREATE FUNCTION _due(p_kind text, p_limit bigint, p_others boolean, p_now bigint) RETURNS uuid[] LANGUAGE plpgsql
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
              AND NOT (p_others AND EXISTS (SELECT FROM busy o WHERE substr(o.lane, 4) = substr(l.lane, 4)))
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
CREATE FUNCTION _pick(p_kind text, p_limit bigint, p_others boolean, p_now bigint) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    found_ids uuid[];
    picked uuid[] := '{}';
    missing int;
BEGIN
    IF p_limit = 0 THEN
        RETURN picked;
    END IF;
    found_ids := _due(p_kind, p_limit, p_others, p_now);
    picked := _hold_due(found_ids, p_now);
    IF cardinality(picked) < cardinality(found_ids) THEN
        found_ids := ARRAY(SELECT f.id FROM unnest(_due(p_kind, p_limit * 8, p_others, p_now)) WITH ORDINALITY AS f (id, place)
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

-- `p_others`: frames only of tasks of which none is worked on. Tells of each row whether it is the root frame of a run that
-- has yet to ask for a slot.
CREATE FUNCTION claim(p_frames bigint, p_calls bigint, p_others boolean, p_owner text, p_expires_at bigint, p_now bigint)
RETURNS TABLE (
    due bigint, wants_slot boolean, id uuid, lease_token bigint, run_id uuid, path text, attempt bigint,
    kind text, call_number bigint, service text, method text, args text, options text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    picked uuid[] := _pick('frame', p_frames, p_others, p_now) || _pick('call', p_calls, false, p_now);
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
