-- What components measure.

-- A figure to add, as callers describe it in JSON.
CREATE TYPE new_figure AS (metric text, label text, bucket bigint, count bigint, sum bigint);

-- Each figure is kept in eight rows. Whoever adds at the same moment has rows of its own, for the most part; those
-- of one shard are added to in one order, so that nobody waits in a circle.
CREATE FUNCTION add_figures(p_figures text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    INSERT INTO figures AS f (metric, label, bucket, shard, count, sum)
    SELECT a.metric, a.label, a.bucket, pg_backend_pid() % 8, sum(a.count), sum(a.sum)
    FROM json_populate_recordset(NULL::new_figure, p_figures::json) AS a
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (metric, label, bucket, shard) DO UPDATE SET
        count = f.count + excluded.count, sum = f.sum + excluded.sum;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;

-- What is free within it, only the server knows: vacuum keeps it for new rows.
CREATE FUNCTION size() RETURNS TABLE (bytes bigint, free bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT pg_database_size(current_database()), 0::bigint;
END $$;
