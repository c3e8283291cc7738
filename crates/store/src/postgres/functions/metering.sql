-- What is kept for `GET /metrics`.

-- Each figure is kept in eight rows. Whoever adds at the same moment has rows of its own, for the most part; those
-- of one shard are added to in one order, so that nobody waits in a circle.
CREATE FUNCTION add_figures(
    p_metric text[], p_label text[], p_bucket bigint[], p_count bigint[], p_sum bigint[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    INSERT INTO figures AS f (metric, label, bucket, shard, count, sum)
    SELECT a.metric, a.label, a.bucket, pg_backend_pid() % 8, sum(a.count), sum(a.sum)
    FROM unnest(p_metric, p_label, p_bucket, p_count, p_sum) AS a (metric, label, bucket, count, sum)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (metric, label, bucket, shard) DO UPDATE SET
        count = f.count + excluded.count, sum = f.sum + excluded.sum;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN rows;
END $$;

CREATE FUNCTION figures()
RETURNS TABLE (metric text, label text, bucket bigint, count bigint, sum bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.metric, f.label, f.bucket, sum(f.count)::bigint, sum(f.sum)::bigint FROM figures f
    GROUP BY f.metric, f.label, f.bucket ORDER BY f.metric, f.label, f.bucket;
END $$;

CREATE FUNCTION drainers(p_now bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT count(*) FROM leases d WHERE d.name = 'drainer' AND d.expires_at > p_now);
END $$;

CREATE FUNCTION run_trace(p_id uuid) RETURNS TABLE (is_there boolean, trace text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT true, r.trace FROM task_runs r WHERE r.id = p_id;
END $$;

-- What is free within it, only the server knows: vacuum keeps it for new rows.
CREATE FUNCTION size() RETURNS TABLE (bytes bigint, free bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT pg_database_size(current_database()), 0::bigint;
END $$;

-- All runs by their stored status, as triggers keep count of them; then those that are shown otherwise, counted where they belong and taken off
-- where they were counted first. What has begun sleeps, unless somebody works on it.
CREATE FUNCTION count_runs_by_task()
RETURNS TABLE (task text, status text, runs bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH stored AS (
        SELECT c.task_name AS task, c.status, sum(c.runs) AS runs FROM run_counts c GROUP BY c.task_name, c.status
    ), moved AS MATERIALIZED (
        SELECT r.task_name AS task, r.status, 'paused' AS shown, count(*) AS runs FROM task_runs r
        WHERE r.paused_at IS NOT NULL
        GROUP BY r.task_name, r.status
        UNION ALL
        SELECT r.task_name, r.status, 'awake', count(*) FROM task_runs r
        WHERE r.status = 'processing' AND r.paused_at IS NULL
          AND r.id IN (SELECT s.run_id FROM stack_runs s WHERE s.status = 'processing')
        GROUP BY r.task_name, r.status
    ), parts AS (
        SELECT * FROM stored
        UNION ALL SELECT m.task, m.status, -m.runs FROM moved m
        UNION ALL SELECT m.task, m.shown, m.runs FROM moved m
    )
    SELECT p.task, CASE p.status WHEN 'processing' THEN 'suspended' WHEN 'awake' THEN 'processing' ELSE p.status END,
           sum(p.runs)::bigint
    FROM parts p GROUP BY p.task, p.status HAVING sum(p.runs) > 0;
END $$;
