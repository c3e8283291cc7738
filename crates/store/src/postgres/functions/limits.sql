-- Limits on the calls of a service.

-- The first column says what came of it: 'admitted', 'window_full' with the moment when the window
-- ends, or 'slots_taken'.
CREATE FUNCTION admit(
    p_service text, p_lease text, p_token text, p_expires_at bigint, p_per_window bigint, p_at_once bigint,
    p_now bigint
) RETURNS TABLE (answer text, until bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    since bigint;
    counted bigint;
BEGIN
    -- One at a time for each service: what is counted decides.
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker admit ' || p_service, 0));
    IF p_at_once IS NOT NULL
        AND (SELECT t.place IS NULL FROM take_lease(p_lease, p_at_once, p_token, p_expires_at, p_now) t)
    THEN
        RETURN QUERY SELECT 'slots_taken', NULL::bigint;
        RETURN;
    END IF;
    IF p_per_window IS NOT NULL THEN
        SELECT w.started_at, w.calls INTO since, counted FROM call_windows w WHERE w.service = p_service;
        -- A clock that was far ahead must not close the service.
        IF NOT FOUND OR abs(p_now - since) >= :window_ms THEN
            since := p_now;
            counted := 0;
        END IF;
        IF counted >= p_per_window THEN
            PERFORM give_back_lease(p_lease, p_token);
            RETURN QUERY SELECT 'window_full', since + :window_ms;
            RETURN;
        END IF;
        INSERT INTO call_windows (service, started_at, calls) VALUES (p_service, since, counted + 1)
        ON CONFLICT (service) DO UPDATE SET started_at = excluded.started_at, calls = excluded.calls;
    END IF;
    RETURN QUERY SELECT 'admitted', NULL::bigint;
END $$;
