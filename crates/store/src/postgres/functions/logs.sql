-- What tasks log.

-- Stores those of a held frame's lines that are not stored yet, within the bound of the run's log:
-- the line that reaches it says so, those after it are dropped.
CREATE FUNCTION _log(p_frame stack_runs, p_index bigint[], p_at bigint[], p_level text[], p_message text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_seq bigint;
    last_total bigint;
    lines bigint := (SELECT max(i) + 1 FROM unnest(p_index) AS i WHERE i >= p_frame.log_count);
BEGIN
    IF lines IS NULL THEN
        RETURN;
    END IF;
    SELECT l.seq, l.total_bytes INTO last_seq, last_total FROM run_logs l
    WHERE l.run_id = p_frame.run_id ORDER BY l.seq DESC LIMIT 1;
    INSERT INTO run_logs (run_id, frame, seq, line_index, at, level, total_bytes, message)
    SELECT p_frame.run_id, p_frame.path, n.seq, n.index, n.at,
           CASE WHEN n.is_beyond THEN 'warn' ELSE n.level END, n.total,
           CASE WHEN n.is_beyond THEN ':log_limit_message' ELSE n.message END
    FROM (
        SELECT t.*, t.seq > :log_lines OR t.total > :log_bytes AS is_beyond,
               t.seq - 1 > :log_lines OR t.total - t.size > :log_bytes AS is_dropped
        FROM (
            SELECT f.index, f.at, f.level, f.message, f.size,
                   coalesce(last_seq, 0) + row_number() OVER w AS seq,
                   coalesce(last_total, 0) + (sum(f.size) OVER w)::bigint AS total
            FROM (
                SELECT l.*, octet_length(l.message)::bigint AS size
                FROM unnest(p_index, p_at, p_level, p_message)
                    WITH ORDINALITY AS l (index, at, level, message, number)
                WHERE l.index >= p_frame.log_count
            ) AS f
            WINDOW w AS (ORDER BY f.number)
        ) AS t
    ) AS n
    WHERE NOT n.is_dropped;
    UPDATE stack_runs SET log_count = lines WHERE id = p_frame.id;
END $$;
