-- Events, and the calls that wait for them. Whether an event is what a call waits for is for the caller
-- to see: the functions tell what there is to look at and, called again with what was found, act on it if
-- it is still so. Whoever sends an event holds its name, and whoever looks for early ones shares it: so a
-- call either finds the event or is noted before it is sent.

CREATE FUNCTION _event_name(p_name text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN hashtextextended('tasker event ' || p_name, 0);
END $$;

CREATE FUNCTION event_was_sent(p_id text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM events e WHERE e.id = p_id);
END $$;

-- An event to send, as callers describe it in JSON, `value` as those get it who wait for it. Of a second look `noted` is the
-- number of the last call that was looked at, and `fits` are those that it fits.
CREATE TYPE new_event AS (
    id text, name text, run_id uuid, data text, expires_at bigint, value text, bound bigint, deliveries bigint,
    noted bigint, looked_at_all boolean, fits uuid[]
);

-- Sends an event. If calls wait for its name, the first look (`noted` is NULL) stores nothing and tells of at most `bound`
-- of them, with the number of the last one noted. The second look has that number, whether all were looked at, and those
-- that the event fits: at most `deliveries` of them settle, of each run one. Any that were not looked at, or were noted
-- meanwhile, become due to look by themselves. Of one run the newest call comes first: an older one may be what is left of a
-- race that the run has gone on from.
CREATE FUNCTION send_event(p_event text, p_now bigint) RETURNS TABLE (
    what text, delivered bigint, more boolean, noted bigint, id uuid, call_number bigint, service text,
    method text, args text, options text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    event new_event := json_populate_record(NULL::new_event, p_event::json);
    first_run uuid := coalesce(event.run_id, '00000000-0000-0000-0000-000000000000');
    last_run uuid := coalesce(event.run_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    stored bigint;
    waiter record;
    had_it uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(_event_name(event.name));
    what := _event_refused(event);
    IF what IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF event.noted IS NULL THEN
        RETURN QUERY
        SELECT 'look', 0::bigint, false,
               (SELECT max(n.noted) FROM event_waits n WHERE n.name = event.name),
               s.id, s.call_number, s.service, s.method, coalesce(s.args, ''), s.options
        FROM (SELECT w.run_id, w.stack_run_id FROM event_waits w
              WHERE w.name = event.name AND w.run_id BETWEEN first_run AND last_run
              ORDER BY w.run_id, w.stack_run_id DESC LIMIT event.bound) AS waits
        JOIN stack_runs s ON s.id = waits.stack_run_id
        ORDER BY waits.run_id, s.call_number DESC, waits.stack_run_id;
        IF FOUND THEN
            RETURN;
        END IF;
        -- Nobody waits, and while the name is held nobody begins to.
        event.looked_at_all := true;
    END IF;

    INSERT INTO events (id, name, run_id, sent_at, expires_at, data)
    VALUES (event.id, event.name, event.run_id, p_now, event.expires_at, event.data)
    ON CONFLICT (id) DO NOTHING RETURNING seq INTO stored;
    -- The id was used at this very moment, and under another name: this one is held.
    IF stored IS NULL THEN
        what := 'conflict';
        RETURN NEXT;
        RETURN;
    END IF;
    what := 'created';
    delivered := 0;
    FOR waiter IN
        SELECT w.stack_run_id AS call, w.run_id AS run
        FROM unnest(event.fits) WITH ORDINALITY AS f (id, number)
        JOIN event_waits w ON w.stack_run_id = f.id
        ORDER BY f.number
    LOOP
        CONTINUE WHEN waiter.run = had_it;
        IF delivered = event.deliveries THEN
            event.looked_at_all := false;
            EXIT;
        END IF;
        CONTINUE WHEN NOT _settle_waiting(waiter.call, waiter.run, event.value, p_now);
        had_it := waiter.run;
        delivered := delivered + 1;
        IF event.run_id IS NOT NULL THEN
            UPDATE events SET is_taken = true WHERE seq = stored;
            more := false;
            RETURN NEXT;
            RETURN;
        END IF;
        INSERT INTO event_receipts (event_seq, run_id) VALUES (stored, waiter.run);
    END LOOP;
    UPDATE stack_runs s SET run_after = p_now, updated_at = p_now
    WHERE s.id IN (SELECT w.stack_run_id FROM event_waits w
                   WHERE w.name = event.name
                     AND CASE WHEN event.looked_at_all THEN w.noted > event.noted ELSE true END)
      AND s.status = 'pending' AND s.run_after > p_now;
    more := FOUND;
    RETURN NEXT;
END $$;

-- Why an event is not sent, if it is not.
CREATE FUNCTION _event_refused(event new_event) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    reason text;
BEGIN
    SELECT CASE WHEN e.name = event.name AND e.run_id IS NOT DISTINCT FROM event.run_id
                AND (e.data = event.data OR tasker.as_json(e.data) = tasker.as_json(event.data))
           THEN 'existing' ELSE 'conflict' END
    INTO reason FROM events e WHERE e.id = event.id;
    IF FOUND OR event.run_id IS NULL THEN
        RETURN reason;
    END IF;
    SELECT CASE WHEN r.finished_at IS NOT NULL THEN 'run_ended' END INTO reason
    FROM task_runs r WHERE r.id = event.run_id;
    RETURN CASE WHEN FOUND THEN reason ELSE 'no_run' END;
END $$;

-- Settles a call that nobody works on; answers whether it was there. One that is being worked on looks
-- for the event by itself.
CREATE FUNCTION _settle_waiting(p_call uuid, p_run uuid, p_value text, p_now bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    ended stack_runs;
BEGIN
    PERFORM FROM task_runs r WHERE r.id = p_run FOR NO KEY UPDATE;
    DELETE FROM stack_runs s WHERE s.id = p_call AND s.status = 'pending' AND s.kind = 'call'
    RETURNING s.* INTO ended;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM _settle(ended, true, p_value, NULL, NULL, p_now);
    RETURN true;
END $$;

-- An event that a claimed call waits for, as callers describe it in JSON: with an early one to take (`take`), and how the
-- call settles then (`value`) or when its time is up (`timeout`); who claims the parent then.
CREATE TYPE event_wait AS (
    name text, until bigint, forever bigint, after bigint, bound bigint, take bigint, value text, timeout text,
    owner text, lease_expires_at bigint
);

-- What a claimed call that waits for an event has come to. With an early event to take, it is settled with its value if
-- that can still be taken. Else the early events after `after` are told of, at most `bound` ('look'). If there is none the
-- call fails if its time is up, or it is given back and noted. A parent that was woken is told of ('woken') as by `finish`.
CREATE FUNCTION wait_for_event(p_id uuid, p_token bigint, p_wait text, p_now bigint) RETURNS TABLE (
    what text, seq bigint, event_id text, sent_at bigint, data text,
    claimed boolean, id uuid, lease_token bigint, run_id uuid, path text, attempt bigint, kind text,
    call_number bigint, service text, method text, args text, options text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    wait event_wait := json_populate_record(NULL::event_wait, p_wait::json);
    held stack_runs;
    submitted_at bigint;
    takes boolean := false;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(_event_name(wait.name));
    held := _hold(p_id, p_token);
    IF held.kind <> 'call' THEN
        PERFORM _lease_lost();
    END IF;
    IF wait.take IS NOT NULL THEN
        takes := _take_event(wait.take, held.run_id);
    END IF;
    IF NOT takes THEN
        SELECT r.created_at INTO submitted_at FROM task_runs r WHERE r.id = held.run_id;
        RETURN QUERY
        SELECT 'look', early.*, NULL::boolean, NULL::uuid, NULL::bigint, NULL::uuid, NULL::text, NULL::bigint,
               NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::text
        FROM _early_events(wait, held.run_id, submitted_at, p_now) AS early;
        IF FOUND THEN
            RETURN;
        END IF;
        -- One that is due later than now has time left; one without an end is never too late.
        IF coalesce(wait.until > p_now, true) THEN
            UPDATE stack_runs s
            SET status = 'pending', run_after = coalesce(wait.until, wait.forever), lease_owner = NULL,
                lease_expires_at = NULL, updated_at = p_now
            WHERE s.id = p_id;
            INSERT INTO event_waits (stack_run_id, name, run_id) VALUES (p_id, wait.name, held.run_id)
            ON CONFLICT (stack_run_id) DO NOTHING;
            RETURN;
        END IF;
    END IF;
    DELETE FROM stack_runs s WHERE s.id = p_id;
    RETURN QUERY
    SELECT 'woken', NULL::bigint, NULL::text, NULL::bigint, NULL::text, woken.*
    FROM _settle(held, takes, CASE WHEN takes THEN wait.value ELSE wait.timeout END, wait.owner,
                 wait.lease_expires_at, p_now) AS woken;
END $$;

-- Takes an early event for a held run; answers whether it was there to be taken.
CREATE FUNCTION _take_event(p_event bigint, p_run uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    event events;
BEGIN
    SELECT e.* INTO event FROM events e WHERE e.seq = p_event AND NOT e.is_taken FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF event.run_id IS NULL THEN
        INSERT INTO event_receipts (event_seq, run_id) VALUES (p_event, p_run) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE events e SET is_taken = true WHERE e.seq = p_event;
    END IF;
    RETURN FOUND;
END $$;

-- The events after `after` that a run has not taken: its own, and those for all since it was submitted.
CREATE FUNCTION _early_events(wait event_wait, p_run uuid, p_since bigint, p_now bigint)
RETURNS TABLE (seq bigint, id text, sent_at bigint, data text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT early.* FROM (
        (SELECT e.seq, e.id, e.sent_at, e.data FROM events e
         WHERE NOT e.is_taken AND e.name = wait.name AND e.run_id = p_run AND e.seq > wait.after
           AND e.expires_at > p_now
         ORDER BY e.seq LIMIT wait.bound)
        UNION ALL
        (SELECT e.seq, e.id, e.sent_at, e.data FROM events e
         WHERE NOT e.is_taken AND e.name = wait.name AND e.run_id IS NULL AND e.seq > wait.after
           AND e.expires_at > p_now AND e.sent_at >= p_since
           AND NOT EXISTS (SELECT FROM event_receipts t WHERE t.event_seq = e.seq AND t.run_id = p_run)
         ORDER BY e.seq LIMIT wait.bound)
    ) AS early ORDER BY early.seq LIMIT wait.bound;
END $$;
