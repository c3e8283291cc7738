-- What tasks log, and how far they say that their run is.

-- Stores those of a held frame's lines that are not stored yet. Lines whose indexes are missing were not kept, and
-- have their numbers all the same. A log that is too long loses what is between its first and its newest lines. Of the
-- progress the newest is kept.
CREATE FUNCTION _log(
    p_frame stack_runs, p_index bigint[], p_at bigint[], p_level text[], p_message text[],
    p_first bigint, p_newest bigint, p_half_bytes bigint,
    p_progress_at bigint, p_progress_number bigint, p_progress text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_seq bigint;
    last_total bigint;
    lines bigint := (SELECT max(i) + 1 FROM unnest(p_index) AS i WHERE i >= p_frame.log_count);
BEGIN
    -- What a replay says again is not newer.
    IF p_progress IS NOT NULL THEN
        INSERT INTO run_progress AS k (run_id, revision, at, number, value)
        VALUES (p_frame.run_id, 1, p_progress_at, p_progress_number, p_progress)
        ON CONFLICT (run_id) DO UPDATE SET
            revision = k.revision + 1, at = excluded.at, number = excluded.number, value = excluded.value
        WHERE (excluded.at, excluded.number) > (k.at, k.number);
    END IF;
    IF lines IS NULL THEN
        RETURN;
    END IF;
    SELECT l.seq, l.total_bytes INTO last_seq, last_total FROM run_logs l
    WHERE l.run_id = p_frame.run_id ORDER BY l.seq DESC LIMIT 1;
    INSERT INTO run_logs (run_id, frame, seq, line_index, at, level, total_bytes, message)
    SELECT p_frame.run_id, p_frame.path, coalesce(last_seq, 0) + f.index - p_frame.log_count + 1, f.index, f.at, f.level,
           coalesce(last_total, 0) + (sum(octet_length(f.message)) OVER (ORDER BY f.index))::bigint, f.message
    FROM unnest(p_index, p_at, p_level, p_message) AS f (index, at, level, message)
    WHERE f.index >= p_frame.log_count;
    UPDATE stack_runs SET log_count = lines WHERE id = p_frame.id;
    PERFORM _shorten_log(p_frame.run_id, p_first, p_newest, p_half_bytes);
END $$;

-- Lines go from the beginning of what is too much to its end: each commit walks over those that it removes.
CREATE FUNCTION _shorten_log(p_run uuid, p_first bigint, p_newest bigint, p_half_bytes bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first_seq bigint;
    last_seq bigint;
    last_total bigint;
BEGIN
    SELECT l.seq, l.total_bytes INTO last_seq, last_total FROM run_logs l
    WHERE l.run_id = p_run ORDER BY l.seq DESC LIMIT 1;
    IF last_seq <= p_first + p_newest AND last_total <= 2 * p_half_bytes THEN
        RETURN;
    END IF;
    first_seq := coalesce((
        SELECT l.seq FROM run_logs l WHERE l.run_id = p_run AND l.seq <= p_first AND l.total_bytes <= p_half_bytes
        ORDER BY l.seq DESC LIMIT 1), 0);
    DELETE FROM run_logs l
    WHERE l.run_id = p_run AND l.seq > first_seq AND l.seq < coalesce((
        SELECT n.seq FROM run_logs n
        WHERE n.run_id = p_run AND n.seq > greatest(first_seq, last_seq - p_newest)
          AND n.total_bytes > last_total - p_half_bytes
        ORDER BY n.seq LIMIT 1), last_seq);
END $$;
