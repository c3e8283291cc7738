-- The end of a frame or of a queued call.

-- Answers a row if the parent was woken: with terms, it is claimed and told of.
CREATE FUNCTION finish(
    p_id uuid, p_token bigint, p_ok boolean, p_value text, p_owner text, p_expires_at bigint,
    p_now bigint, p_is_fault boolean,
    p_log_index bigint[], p_log_at bigint[], p_log_level text[], p_log_message text[],
    p_log_first bigint, p_log_newest bigint, p_log_half_bytes bigint,
    p_progress_at bigint, p_progress_number bigint, p_progress text
) RETURNS TABLE (
    claimed boolean, id uuid, lease_token bigint, run_id uuid, path text, attempt bigint, kind text,
    call_number bigint, service text, method text, args text, options text
) LANGUAGE plpgsql AS $$
DECLARE
    held stack_runs := _hold(p_id, p_token);
BEGIN
    IF held.kind = 'frame' THEN
        PERFORM _log(held, p_log_index, p_log_at, p_log_level, p_log_message, p_log_first, p_log_newest, p_log_half_bytes,
                     p_progress_at, p_progress_number, p_progress);
    END IF;
    -- The cascade drops the frame's children, so that nothing of them can commit any more.
    DELETE FROM stack_runs s WHERE s.id = p_id;
    RETURN QUERY SELECT * FROM _settle(held, p_ok, p_value, p_owner, p_expires_at, p_now, p_is_fault);
END $$;

-- Records how a stack run of a held run ended, whose row is gone, and wakes its parent if it sleeps. That
-- of a paused run is due when it goes on.
CREATE FUNCTION _settle(
    p_ended stack_runs, p_ok boolean, p_value text, p_owner text, p_expires_at bigint, p_now bigint,
    p_is_fault boolean DEFAULT false
) RETURNS TABLE (
    claimed boolean, id uuid, lease_token bigint, run_id uuid, path text, attempt bigint, kind text,
    call_number bigint, service text, method text, args text, options text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text;
BEGIN
    IF p_ended.parent_id IS NULL THEN
        IF NOT p_ok AND _begin_again(p_ended, p_value, p_is_fault, p_now) THEN
            claimed := false;
            RETURN NEXT;
            RETURN;
        END IF;
        -- A run that is being stopped ends as that says, whatever its task made of it.
        UPDATE task_runs r
        SET status = coalesce(r.stop_status, CASE WHEN p_ok THEN 'completed' ELSE 'failed' END),
            result = CASE WHEN p_ok AND r.stop_status IS NULL THEN p_value END,
            error = CASE WHEN r.stop_status IS NOT NULL THEN r.stop_error WHEN NOT p_ok THEN p_value END,
            updated_at = p_now, finished_at = p_now, paused_at = NULL
        WHERE r.id = p_ended.run_id
        RETURNING r.slot_scope INTO scope;
        PERFORM _has_ended(p_ended.run_id, scope, p_now);
        RETURN;
    END IF;
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
    VALUES (p_ended.run_id, _next_seq(p_ended.run_id), regexp_replace(p_ended.path, '\.[0-9]+$', ''),
            p_ended.call_number, p_ok, p_ended.attempt + 1, p_ended.created_at, p_now,
            p_ended.service, p_ended.method, coalesce(p_ended.args, ''), p_value, p_ended.options,
            _journal_bytes(p_ended.run_id) + _entry_bytes(coalesce(p_ended.args, ''), p_value, p_ended.options))
    ON CONFLICT (run_id, frame, call_number) DO NOTHING;
    RETURN QUERY
    UPDATE stack_runs s
    SET status = CASE WHEN claims THEN 'processing' ELSE 'pending' END,
        lease_token = s.lease_token + claims::int,
        lease_owner = CASE WHEN claims THEN p_owner END,
        lease_expires_at = CASE WHEN claims THEN p_expires_at END, updated_at = p_now,
        run_after = CASE WHEN claims THEN s.run_after ELSE p_now END
    FROM (SELECT f.id AS frame, p_owner IS NOT NULL AND NOT f.paused AS claims FROM stack_runs f
          WHERE f.id = p_ended.parent_id) AS woken
    WHERE s.id = woken.frame AND s.status = 'suspended'
    RETURNING claims, s.id, s.lease_token, s.run_id, s.path, s.attempt, s.kind,
              s.call_number, s.service, s.method, coalesce(s.args, ''), s.options;
END $$;
