-- The drainers' slots.

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
