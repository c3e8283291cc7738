-- A database of schema version 60 with runs in every state, as the Tasker that made it left it.

CREATE SCHEMA tasker;

CREATE FUNCTION tasker.as_json(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN to_jsonb(value);
END $$;

CREATE FUNCTION tasker.as_method(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$SELECT string_agg(part, '.') FROM jsonb_array_elements_text(tasker.as_json(value)) AS part$$;

CREATE FUNCTION tasker.as_time(ms bigint) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$SELECT to_timestamp(ms / 1000.0)$$;

CREATE FUNCTION tasker.count_gone_runs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT o.task_name, o.status, pg_backend_pid() % 16, -count(*) FROM gone o GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    RETURN NULL;
END $$;

CREATE FUNCTION tasker.count_made_runs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT n.task_name, n.status, pg_backend_pid() % 16, count(*) FROM made n GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    RETURN NULL;
END $$;

CREATE FUNCTION tasker.count_moved_run() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    ms bigint := greatest(NEW.finished_at - coalesce(NEW.run_at, NEW.created_at), 0);
BEGIN
    INSERT INTO tasker.run_counts AS c (task_name, status, shard, runs)
    SELECT NEW.task_name, m.status, pg_backend_pid() % 16, m.runs
    FROM (VALUES (OLD.status, -1::bigint), (NEW.status, 1::bigint)) AS m (status, runs) ORDER BY 2
    ON CONFLICT (task_name, status, shard) DO UPDATE SET runs = c.runs + excluded.runs;
    IF OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL THEN
        INSERT INTO tasker.figures AS f (metric, label, bucket, shard, count, sum)
        SELECT 'tasker_run_seconds', NEW.status, count(*) FILTER (WHERE ms > b.bound), pg_backend_pid() % 8, 1, ms
        FROM unnest(ARRAY[100, 1000, 5000, 15000, 60000, 300000, 1800000, 7200000, 43200000, 86400000, 604800000,
                          2592000000]::bigint[]) AS b (bound)
        ON CONFLICT (metric, label, bucket, shard) DO UPDATE SET
            count = f.count + excluded.count, sum = f.sum + excluded.sum;
    END IF;
    RETURN NULL;
END $$;

CREATE TABLE tasker.stack_runs (
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    parent_id uuid,
    call_number bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    attempt bigint DEFAULT 0 NOT NULL,
    run_after bigint NOT NULL,
    lease_token bigint DEFAULT 0 NOT NULL,
    lease_owner text,
    lease_expires_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    task_name text COLLATE pg_catalog."C",
    task_version text COLLATE pg_catalog."C",
    started_at bigint,
    log_count bigint DEFAULT 0 NOT NULL,
    service text NOT NULL,
    method text NOT NULL,
    args text,
    input text,
    expires_at bigint,
    stop_untold boolean DEFAULT false NOT NULL,
    options text,
    paused boolean DEFAULT false NOT NULL,
    lane text DEFAULT '100'::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT stack_runs_check CHECK (((status = 'processing'::text) = (lease_expires_at IS NOT NULL))),
    CONSTRAINT stack_runs_check1 CHECK (((kind = 'frame'::text) OR (status <> 'suspended'::text))),
    CONSTRAINT stack_runs_check2 CHECK (((kind = 'frame'::text) = (task_name IS NOT NULL))),
    CONSTRAINT stack_runs_check3 CHECK (((parent_id IS NULL) = (args IS NULL))),
    CONSTRAINT stack_runs_kind_check CHECK ((kind = ANY (ARRAY['frame'::text, 'call'::text]))),
    CONSTRAINT stack_runs_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'suspended'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500', autovacuum_analyze_scale_factor='0.05');

CREATE TABLE tasker.call_journal (
    run_id uuid NOT NULL,
    seq bigint NOT NULL,
    frame text NOT NULL COLLATE pg_catalog."C",
    call_number bigint NOT NULL,
    "position" bigint,
    ok boolean NOT NULL,
    attempts bigint NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint NOT NULL,
    service text NOT NULL,
    method text NOT NULL,
    args text NOT NULL,
    value text NOT NULL,
    options text
);

CREATE TABLE tasker.schedules (
    name text NOT NULL COLLATE pg_catalog."C",
    task_name text NOT NULL COLLATE pg_catalog."C",
    origin text NOT NULL COLLATE pg_catalog."C",
    cron text NOT NULL,
    time_zone text NOT NULL,
    overlap text NOT NULL COLLATE pg_catalog."C",
    catch_up text NOT NULL COLLATE pg_catalog."C",
    is_paused boolean NOT NULL,
    next_at bigint,
    queued_for bigint,
    last_at bigint,
    last_run uuid,
    last_problem text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    input text NOT NULL,
    CONSTRAINT schedules_catch_up_check CHECK ((catch_up = ANY (ARRAY['none'::text, 'last'::text, 'all'::text]))),
    CONSTRAINT schedules_origin_check CHECK ((origin = ANY (ARRAY['api'::text, 'code'::text]))),
    CONSTRAINT schedules_overlap_check CHECK ((overlap = ANY (ARRAY['skip'::text, 'queue'::text, 'allow'::text, 'cancel-previous'::text])))
);

CREATE TABLE tasker.task_runs (
    id uuid NOT NULL,
    task_name text NOT NULL COLLATE pg_catalog."C",
    task_version text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    idempotency_key text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    input text NOT NULL,
    result text,
    error text,
    run_at bigint,
    deadline bigint,
    stop_status text COLLATE pg_catalog."C",
    stop_error text,
    stop text,
    retry_of uuid,
    paused_at bigint,
    schedule text COLLATE pg_catalog."C",
    retention_ms bigint,
    priority bigint DEFAULT 0 NOT NULL,
    slot_scope text COLLATE pg_catalog."C",
    slot_limit bigint,
    slot bigint DEFAULT 0 NOT NULL,
    trace text,
    attempt bigint DEFAULT 1 NOT NULL,
    retry text,
    failures text,
    CONSTRAINT task_runs_check CHECK (((status = 'completed'::text) = (result IS NOT NULL))),
    CONSTRAINT task_runs_check1 CHECK (((status = ANY (ARRAY['failed'::text, 'cancelled'::text])) = (error IS NOT NULL))),
    CONSTRAINT task_runs_check2 CHECK (((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT task_runs_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE TABLE tasker.idempotency_keys (
    task_name text NOT NULL COLLATE pg_catalog."C",
    idempotency_key text NOT NULL COLLATE pg_catalog."C",
    run_id uuid NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE tasker.task_functions (
    name text NOT NULL COLLATE pg_catalog."C",
    version text NOT NULL COLLATE pg_catalog."C",
    is_current boolean NOT NULL,
    created_at bigint NOT NULL,
    description text,
    input_schema text,
    code text NOT NULL,
    modules text NOT NULL,
    timeout_ms bigint
);

CREATE TABLE tasker.call_attempts (
    run_id uuid NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    attempt bigint NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint NOT NULL,
    next_at bigint NOT NULL,
    error text NOT NULL
);

CREATE TABLE tasker.call_slots (
    service text NOT NULL COLLATE pg_catalog."C",
    token text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint NOT NULL
);

CREATE TABLE tasker.call_windows (
    service text NOT NULL COLLATE pg_catalog."C",
    started_at bigint NOT NULL,
    calls bigint NOT NULL
)
WITH (fillfactor='50');

CREATE VIEW tasker.calls AS
 SELECT j.run_id,
    j.seq,
    j.frame,
    j.call_number AS number,
    j.service,
    tasker.as_method(j.method) AS method,
    tasker.as_json(j.args) AS args,
    tasker.as_json(j.options) AS options,
    j.ok,
    tasker.as_json(j.value) AS value,
    j.attempts,
    tasker.as_time(j.started_at) AS started_at,
    tasker.as_time(j.finished_at) AS finished_at
   FROM tasker.call_journal j;

CREATE TABLE tasker.webhooks (
    run_id uuid NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    attempts bigint DEFAULT 0 NOT NULL,
    next_at bigint,
    delivered_at bigint,
    error text,
    url text NOT NULL,
    CONSTRAINT webhooks_check CHECK (((state = 'pending'::text) = (next_at IS NOT NULL))),
    CONSTRAINT webhooks_check1 CHECK (((state = 'delivered'::text) = (delivered_at IS NOT NULL))),
    CONSTRAINT webhooks_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'pending'::text, 'delivered'::text, 'failed'::text])))
);

CREATE VIEW tasker.deliveries AS
 SELECT w.run_id,
    w.url,
    w.state,
    w.attempts,
    w.error,
    tasker.as_time(w.next_at) AS next_at,
    tasker.as_time(w.delivered_at) AS delivered_at
   FROM tasker.webhooks w;

CREATE TABLE tasker.drainers (
    slot bigint NOT NULL,
    token text NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE tasker.event_receipts (
    event_seq bigint NOT NULL,
    run_id uuid NOT NULL
);

CREATE TABLE tasker.event_waits (
    stack_run_id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    run_id uuid NOT NULL,
    noted bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='200');

ALTER TABLE tasker.event_waits ALTER COLUMN noted ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tasker.event_waits_noted_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tasker.events (
    seq bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    run_id uuid,
    sent_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    is_taken boolean DEFAULT false NOT NULL,
    data text NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE tasker.events ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tasker.events_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW tasker.failed_attempts AS
 SELECT a.run_id,
    a.path,
    a.attempt,
    tasker.as_json(a.error) AS error,
    tasker.as_time(a.started_at) AS started_at,
    tasker.as_time(a.finished_at) AS finished_at,
    tasker.as_time(a.next_at) AS next_at
   FROM tasker.call_attempts a;

CREATE VIEW tasker.failed_runs AS
 SELECT r.id AS run_id,
    r.task_name AS task,
    ((f.attempt ->> 'attempt'::text))::bigint AS attempt,
    (f.attempt -> 'error'::text) AS error,
    tasker.as_time(((f.attempt ->> 'startedAt'::text))::bigint) AS started_at,
    tasker.as_time(((f.attempt ->> 'finishedAt'::text))::bigint) AS finished_at,
    tasker.as_time(((f.attempt ->> 'nextAt'::text))::bigint) AS next_at
   FROM tasker.task_runs r,
    LATERAL jsonb_path_query(tasker.as_json(r.failures), '$[*]?(@.type() == "object")'::jsonpath) f(attempt);

CREATE TABLE tasker.figures (
    metric text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL COLLATE pg_catalog."C",
    bucket bigint NOT NULL,
    shard bigint NOT NULL,
    count bigint NOT NULL,
    sum bigint NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='500');

CREATE TABLE tasker.keystore (
    namespace text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    ciphertext bytea NOT NULL
);

CREATE TABLE tasker.run_logs (
    run_id uuid NOT NULL,
    seq bigint NOT NULL,
    frame text NOT NULL COLLATE pg_catalog."C",
    line_index bigint NOT NULL,
    at bigint NOT NULL,
    level text NOT NULL,
    total_bytes bigint NOT NULL,
    message text NOT NULL
);

CREATE VIEW tasker.log_lines AS
 SELECT run_logs.run_id,
    run_logs.seq,
    run_logs.frame,
    tasker.as_time(run_logs.at) AS at,
    run_logs.level,
    run_logs.message
   FROM tasker.run_logs;

CREATE TABLE tasker.migrations (
    version bigint NOT NULL
);

CREATE TABLE tasker.snapshots (
    stack_run_id uuid NOT NULL,
    raw_bytes bigint NOT NULL,
    engine text NOT NULL,
    "position" bigint NOT NULL,
    in_flight text NOT NULL,
    bytes bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='200');
ALTER TABLE ONLY tasker.snapshots ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE VIEW tasker.queue AS
 SELECT s.id,
    s.run_id,
    s.path,
    s.kind,
    COALESCE(s.task_name, s.service) AS runs,
    s.status,
    s.attempt,
    s.paused AS is_paused,
    tasker.as_time(s.run_after) AS due_at,
    tasker.as_time(s.expires_at) AS expires_at,
    s.lease_owner,
    tasker.as_time(s.lease_expires_at) AS lease_expires_at,
    octet_length(p.bytes) AS snapshot_bytes,
    tasker.as_time(s.updated_at) AS updated_at
   FROM (tasker.stack_runs s
     LEFT JOIN tasker.snapshots p ON ((p.stack_run_id = s.id)));

CREATE TABLE tasker.run_counts (
    task_name text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    shard bigint NOT NULL,
    runs bigint NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='500');

CREATE VIEW tasker.runs AS
 SELECT r.id,
    r.task_name AS task,
    r.task_version AS version,
        CASE
            WHEN (r.paused_at IS NOT NULL) THEN 'paused'::text
            WHEN ((r.status = 'processing'::text) AND (NOT (EXISTS ( SELECT
               FROM tasker.stack_runs s
              WHERE ((s.run_id = r.id) AND (s.status = 'processing'::text)))))) THEN 'suspended'::text
            ELSE r.status
        END AS status,
    tasker.as_json(r.input) AS input,
    tasker.as_json(r.result) AS result,
    tasker.as_json(r.error) AS error,
    r.idempotency_key,
    r.schedule,
    r.priority,
    r.retry_of,
    ((r.slot_scope IS NOT NULL) AND (r.slot = 1) AND (r.finished_at IS NULL)) AS is_held,
    tasker.as_json(r.stop) AS stop,
    tasker.as_time(r.created_at) AS created_at,
    tasker.as_time(r.run_at) AS run_at,
    tasker.as_time(r.deadline) AS deadline,
    tasker.as_time(r.paused_at) AS paused_at,
    tasker.as_time(r.started_at) AS started_at,
    tasker.as_time(r.finished_at) AS finished_at
   FROM tasker.task_runs r;

CREATE VIEW tasker.sent_events AS
 SELECT e.id,
    e.name,
    e.run_id,
    tasker.as_json(e.data) AS data,
        CASE
            WHEN (e.run_id IS NOT NULL) THEN ((e.is_taken)::integer)::bigint
            ELSE ( SELECT count(*) AS count
               FROM tasker.event_receipts t
              WHERE (t.event_seq = e.seq))
        END AS receivers,
    tasker.as_time(e.sent_at) AS sent_at,
    tasker.as_time(e.expires_at) AS expires_at
   FROM tasker.events e;

CREATE TABLE tasker.shared_values (
    service text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    fresh_until bigint NOT NULL,
    lease_token text,
    lease_expires_at bigint,
    ciphertext bytea,
    CONSTRAINT shared_values_check CHECK (((lease_token IS NULL) = (lease_expires_at IS NULL))),
    CONSTRAINT shared_values_check1 CHECK (((fresh_until = 0) OR (ciphertext IS NOT NULL)))
);

CREATE TABLE tasker.sweeps (
    id bigint NOT NULL,
    swept_at bigint NOT NULL,
    looked_up_to uuid,
    trimmed_up_to text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    admitted_up_to text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    probed_at bigint DEFAULT 0 NOT NULL,
    CONSTRAINT sweeps_id_check CHECK ((id = 1))
);

CREATE TABLE tasker.task_grants (
    task_name text NOT NULL COLLATE pg_catalog."C",
    task_version text NOT NULL COLLATE pg_catalog."C",
    namespaces text NOT NULL
);

CREATE TABLE tasker.task_settings (
    task_name text NOT NULL COLLATE pg_catalog."C",
    task_version text NOT NULL COLLATE pg_catalog."C",
    retention_ms bigint,
    priority bigint,
    at_once bigint,
    at_once_per text,
    attempts bigint
);

CREATE VIEW tasker.timers AS
 SELECT s.run_id,
    r.task_name AS task,
    s.path,
    tasker.as_method(s.method) AS method,
    tasker.as_time(((tasker.as_json(s.args) ->> 0))::bigint) AS until,
    tasker.as_time(s.created_at) AS created_at
   FROM (tasker.stack_runs s
     JOIN tasker.task_runs r ON ((r.id = s.run_id)))
  WHERE ((s.kind = 'call'::text) AND (s.service = 'timer'::text));

CREATE VIEW tasker.timetable AS
 SELECT s.name,
    s.task_name AS task,
    s.origin,
    s.cron,
    s.time_zone,
    s.overlap,
    s.catch_up,
    s.is_paused,
    tasker.as_json(s.input) AS input,
    tasker.as_time(s.next_at) AS next_at,
    tasker.as_time(s.queued_for) AS queued_for,
    tasker.as_time(s.last_at) AS last_at,
    s.last_run,
    s.last_problem
   FROM tasker.schedules s;

CREATE VIEW tasker.waiting AS
 SELECT w.run_id,
    r.task_name AS task,
    s.path,
    w.name AS event,
    (tasker.as_json(s.args) #> '{1,match}'::text[]) AS match,
    tasker.as_time(((tasker.as_json(s.args) #>> '{1,until}'::text[]))::bigint) AS until,
    tasker.as_time(s.created_at) AS created_at
   FROM ((tasker.event_waits w
     JOIN tasker.stack_runs s ON ((s.id = w.stack_run_id)))
     JOIN tasker.task_runs r ON ((r.id = w.run_id)));

INSERT INTO tasker.call_attempts VALUES ('00000000-0001-7101-8101-010101010101', '0.2', 1, 14, 15, 60000, '{"name":"Error","message":"no \"answer\"","code":"service_unavailable","stack":"at main (main.js:1)","status":503}');

INSERT INTO tasker.call_journal VALUES ('00000000-0001-7101-8101-010101010101', 1, '0', 1, 1, true, 1, 11, 12, 'keystore', '["get","it''s"]', '["\"\u0000ä",1]', '"value 1"', NULL);
INSERT INTO tasker.call_journal VALUES ('00000000-0001-7101-8101-010101010101', 2, '0', 7, 2, true, 1, 13, 15, 'keystore', '["get","it''s"]', '["\"\u0000ä",7]', '7', NULL);
INSERT INTO tasker.call_journal VALUES ('00000000-0002-7202-8202-020202020202', 1, '0', 1, 1, true, 1, 21, 22, 'keystore', '["get","it''s"]', '["\"\u0000ä",1]', '"value 1"', NULL);
INSERT INTO tasker.call_journal VALUES ('00000000-0008-7808-8808-080808080808', 1, '0', 1, NULL, false, 0, 54, 55, 'keystore', '["get","it''s"]', '["\"\u0000ä",1]', '{"name":"CancelledError","message":"the run was cancelled: no \"need\"","code":"cancelled"}', NULL);

INSERT INTO tasker.call_slots VALUES ('wrappedgapi', 'c', 90000);

INSERT INTO tasker.call_windows VALUES ('wrappedgapi', 63, 1);

INSERT INTO tasker.drainers VALUES (0, 'drainer', 90000);

INSERT INTO tasker.event_waits OVERRIDING SYSTEM VALUE VALUES ('00000000-002b-7707-8707-070707070707', 'paid', '00000000-0001-7101-8101-010101010101', 1);

INSERT INTO tasker.events OVERRIDING SYSTEM VALUE VALUES (1, 'early', 'shipped', NULL, 60, 86400000, false, '{"n":1}');

INSERT INTO tasker.figures VALUES ('tasker_run_seconds', 'completed', 0, 7, 1, 2);
INSERT INTO tasker.figures VALUES ('tasker_run_seconds', 'failed', 0, 7, 1, 2);
INSERT INTO tasker.figures VALUES ('tasker_run_retries_total', 'main', 0, 7, 2, 0);

INSERT INTO tasker.idempotency_keys VALUES ('main', 'key 3', '00000000-0003-7303-8303-030303030303', 900000);
INSERT INTO tasker.idempotency_keys VALUES ('main', 'key 4', '00000000-0004-7404-8404-040404040404', 900000);

INSERT INTO tasker.keystore VALUES ('team-a', 'key', 61, 61, 1, '\x00ff7365616c6564');

INSERT INTO tasker.migrations VALUES (1);
INSERT INTO tasker.migrations VALUES (2);
INSERT INTO tasker.migrations VALUES (10);
INSERT INTO tasker.migrations VALUES (11);
INSERT INTO tasker.migrations VALUES (12);
INSERT INTO tasker.migrations VALUES (14);
INSERT INTO tasker.migrations VALUES (16);
INSERT INTO tasker.migrations VALUES (18);
INSERT INTO tasker.migrations VALUES (20);
INSERT INTO tasker.migrations VALUES (21);
INSERT INTO tasker.migrations VALUES (22);
INSERT INTO tasker.migrations VALUES (23);
INSERT INTO tasker.migrations VALUES (24);
INSERT INTO tasker.migrations VALUES (30);
INSERT INTO tasker.migrations VALUES (31);
INSERT INTO tasker.migrations VALUES (32);
INSERT INTO tasker.migrations VALUES (40);
INSERT INTO tasker.migrations VALUES (50);
INSERT INTO tasker.migrations VALUES (55);
INSERT INTO tasker.migrations VALUES (60);

INSERT INTO tasker.run_counts VALUES ('main', 'completed', 7, 1);
INSERT INTO tasker.run_counts VALUES ('main', 'failed', 7, 1);
INSERT INTO tasker.run_counts VALUES ('main', 'processing', 7, 3);
INSERT INTO tasker.run_counts VALUES ('main', 'queued', 7, 3);

INSERT INTO tasker.run_logs VALUES ('00000000-0001-7101-8101-010101010101', 1, '0', 0, 77, 'error', 4, 'it''s');
INSERT INTO tasker.run_logs VALUES ('00000000-0003-7303-8303-030303030303', 1, '0', 0, 77, 'error', 4, 'done');
INSERT INTO tasker.run_logs VALUES ('00000000-0004-7404-8404-040404040404', 1, '0', 0, 77, 'error', 4, 'done');

INSERT INTO tasker.schedules VALUES ('tick', 'main', 'code', '* * * * *', 'Europe/Amsterdam', 'skip', 'last', false, 100000, NULL, NULL, NULL, NULL, 5, 5, '{"a":1}');

INSERT INTO tasker.shared_values VALUES ('wrappedgapi', 'token', 1, 500000, NULL, NULL, '\x0176616c7565');
INSERT INTO tasker.shared_values VALUES ('internal', 'used', 0, 0, 's', 90000, NULL);
INSERT INTO tasker.shared_values VALUES ('drain', 'keeper', 0, 0, 'k', 90000, NULL);
INSERT INTO tasker.shared_values VALUES ('drain', 'line', 0, 0, 'd', 90000, NULL);

INSERT INTO tasker.snapshots VALUES ('00000000-0001-7707-8707-070707070707', 12, 'engine', 2, '[{"number":90,"service":"keystore","method":["get","it''s"],"args":"[\"\\\"\\u0000ä\",90]","options":"{\"timeoutMs\":90}"}]', '\x00ff07');
INSERT INTO tasker.snapshots VALUES ('00000000-0008-7707-8707-070707070707', 12, 'engine', 0, '[{"number":90,"service":"keystore","method":["get","it''s"],"args":"[\"\\\"\\u0000ä\",90]","options":"{\"timeoutMs\":90}"}]', '\x00ff07');

INSERT INTO tasker.stack_runs VALUES ('00000000-002a-7707-8707-070707070707', '00000000-0001-7101-8101-010101010101', '0.4', '00000000-0001-7707-8707-070707070707', 4, 'call', 'pending', 0, 70000, 0, NULL, NULL, 13, 13, NULL, NULL, NULL, 0, 'timer', '["sleep"]', '[70000]', NULL, NULL, false, NULL, false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-002c-7707-8707-070707070707', '00000000-0001-7101-8101-010101010101', '0.6', '00000000-0001-7707-8707-070707070707', 6, 'call', 'processing', 0, 13, 1, 'worker', 1000, 13, 13, NULL, NULL, NULL, 0, 'keystore', '["get","it''s"]', '["\"\u0000ä",6]', NULL, NULL, false, '{"timeoutMs":6}', false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0028-7707-8707-070707070707', '00000000-0001-7101-8101-010101010101', '0.2', '00000000-0001-7707-8707-070707070707', 2, 'call', 'pending', 1, 60000, 1, NULL, NULL, 13, 15, NULL, NULL, NULL, 0, 'keystore', '["get","it''s"]', '["\"\u0000ä",2]', NULL, NULL, false, '{"timeoutMs":2}', false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-002b-7707-8707-070707070707', '00000000-0001-7101-8101-010101010101', '0.5', '00000000-0001-7707-8707-070707070707', 5, 'call', 'pending', 0, 253402300799999, 1, NULL, NULL, 13, 15, NULL, NULL, NULL, 0, 'event', '["wait"]', '["paid",{}]', NULL, NULL, false, NULL, false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0001-7707-8707-070707070707', '00000000-0001-7101-8101-010101010101', '0', NULL, 0, 'frame', 'suspended', 0, 17, 2, NULL, NULL, 10, 17, 'main', 'v1', 11, 1, 'tasks', '["execute"]', NULL, NULL, NULL, false, NULL, false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0002-7707-8707-070707070707', '00000000-0002-7202-8202-020202020202', '0', NULL, 0, 'frame', 'processing', 0, 20, 1, 'worker', 90000, 20, 20, 'main', 'v1', 21, 0, 'tasks', '["execute"]', NULL, NULL, 80000, false, NULL, false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0008-7707-8707-070707070707', '00000000-0008-7808-8808-080808080808', '0', NULL, 0, 'frame', 'pending', 0, 55, 1, NULL, NULL, 52, 55, 'main', 'v1', 53, 0, 'tasks', '["execute"]', NULL, NULL, 75000, false, NULL, false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0006-7707-8707-070707070707', '00000000-0006-7606-8606-060606060606', '0', NULL, 0, 'frame', 'pending', 0, 253402300799000, 0, NULL, NULL, 40, 40, 'main', 'v1', NULL, 0, 'tasks', '["execute"]', NULL, NULL, NULL, false, NULL, false, '093main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0007-7707-8707-070707070707', '00000000-0007-7707-8707-070707070707', '0', NULL, 0, 'frame', 'pending', 0, 50, 0, NULL, NULL, 50, 50, 'main', 'v1', NULL, 0, 'tasks', '["execute"]', NULL, NULL, NULL, false, NULL, true, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0029-7707-8707-070707070707', '00000000-0001-7101-8101-010101010101', '0.3', '00000000-0001-7707-8707-070707070707', 3, 'frame', 'pending', 0, 53, 4, NULL, NULL, 13, 53, 'main', 'v1', NULL, 0, 'tasks', '["execute"]', '["main",  {"deep":1e3}]', '{"deep":1e3}', NULL, false, NULL, false, '100main');
INSERT INTO tasker.stack_runs VALUES ('00000000-0005-7707-8707-070707070707', '00000000-0005-7505-8505-050505050505', '0', NULL, 0, 'frame', 'pending', 0, 53, 1, NULL, NULL, 40, 53, 'main', 'v1', NULL, 0, 'tasks', '["execute"]', NULL, NULL, NULL, false, NULL, false, '093main');

INSERT INTO tasker.sweeps VALUES (1, 65, NULL, '', '', 0);

INSERT INTO tasker.task_functions VALUES ('main', 'v1', true, 5, 'Does main', NULL, '/* main v1 */', '{"./a":"''"}', 9000);

INSERT INTO tasker.task_grants VALUES ('main', 'v1', '["team-*"]');

INSERT INTO tasker.task_runs VALUES ('00000000-0001-7101-8101-010101010101', 'main', 'v1', 'processing', NULL, 10, 11, 11, NULL, '{"n":1}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0002-7202-8202-020202020202', 'main', 'v1', 'processing', NULL, 20, 21, 21, NULL, '{"n":2}', NULL, NULL, NULL, 80000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0003-7303-8303-030303030303', 'main', 'v1', 'completed', 'key 3', 30, 32, NULL, 32, '{"n":3}', '{"x":1}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0004-7404-8404-040404040404', 'main', 'v1', 'failed', 'key 4', 30, 32, NULL, 32, '{"n":4}', NULL, '{"name":"Error","message":"no \"answer\"","code":"service_unavailable","stack":"at main (main.js:1)","status":503}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0005-7505-8505-050505050505', 'main', 'v1', 'queued', NULL, 40, 40, NULL, NULL, '{"n":5}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 7, 'main', 1, 2, NULL, 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0006-7606-8606-060606060606', 'main', 'v1', 'queued', NULL, 40, 40, NULL, NULL, '{"n":6}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 7, 'main', 1, 1, NULL, 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0007-7707-8707-070707070707', 'main', 'v1', 'queued', NULL, 50, 51, NULL, NULL, '{"n":7}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 51, NULL, NULL, 0, NULL, NULL, 0, NULL, 1, NULL, NULL);
INSERT INTO tasker.task_runs VALUES ('00000000-0008-7808-8808-080808080808', 'main', 'v1', 'processing', NULL, 52, 55, 53, NULL, '{"n":8}', NULL, NULL, NULL, NULL, 'cancelled', '{"name":"CancelledError","message":"the run was cancelled: no \"need\"","code":"cancelled"}', '{"cause":"cancel","reason":"no \"need\"","by":"ops","at":55,"graceUntil":75000}', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, 1, NULL, NULL);

INSERT INTO tasker.task_settings VALUES ('main', 'v1', 50000, 3, 1, 'n', 2);

INSERT INTO tasker.webhooks VALUES ('00000000-0001-7101-8101-010101010101', 'waiting', 0, NULL, NULL, NULL, 'https://hooks.example.com/');

SELECT pg_catalog.setval('tasker.event_waits_noted_seq', 1, true);

SELECT pg_catalog.setval('tasker.events_seq_seq', 1, true);

ALTER TABLE ONLY tasker.call_attempts
    ADD CONSTRAINT call_attempts_pkey PRIMARY KEY (run_id, path, attempt);

ALTER TABLE ONLY tasker.call_journal
    ADD CONSTRAINT call_journal_pkey PRIMARY KEY (run_id, seq);

ALTER TABLE ONLY tasker.call_slots
    ADD CONSTRAINT call_slots_pkey PRIMARY KEY (service, token);

ALTER TABLE ONLY tasker.call_windows
    ADD CONSTRAINT call_windows_pkey PRIMARY KEY (service);

ALTER TABLE ONLY tasker.drainers
    ADD CONSTRAINT drainers_pkey PRIMARY KEY (slot);

ALTER TABLE ONLY tasker.event_receipts
    ADD CONSTRAINT event_receipts_pkey PRIMARY KEY (event_seq, run_id);

ALTER TABLE ONLY tasker.event_waits
    ADD CONSTRAINT event_waits_pkey PRIMARY KEY (stack_run_id);

ALTER TABLE ONLY tasker.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY tasker.figures
    ADD CONSTRAINT figures_pkey PRIMARY KEY (metric, label, bucket, shard);

ALTER TABLE ONLY tasker.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (task_name, idempotency_key);

ALTER TABLE ONLY tasker.keystore
    ADD CONSTRAINT keystore_pkey PRIMARY KEY (namespace, key);

ALTER TABLE ONLY tasker.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY tasker.run_counts
    ADD CONSTRAINT run_counts_pkey PRIMARY KEY (task_name, status, shard);

ALTER TABLE ONLY tasker.run_logs
    ADD CONSTRAINT run_logs_pkey PRIMARY KEY (run_id, seq);

ALTER TABLE ONLY tasker.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (name);

ALTER TABLE ONLY tasker.shared_values
    ADD CONSTRAINT shared_values_pkey PRIMARY KEY (service, key);

ALTER TABLE ONLY tasker.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (stack_run_id);

ALTER TABLE ONLY tasker.stack_runs
    ADD CONSTRAINT stack_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tasker.sweeps
    ADD CONSTRAINT sweeps_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tasker.task_functions
    ADD CONSTRAINT task_functions_pkey PRIMARY KEY (name, version);

ALTER TABLE ONLY tasker.task_grants
    ADD CONSTRAINT task_grants_pkey PRIMARY KEY (task_name, task_version);

ALTER TABLE ONLY tasker.task_runs
    ADD CONSTRAINT task_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tasker.task_settings
    ADD CONSTRAINT task_settings_pkey PRIMARY KEY (task_name, task_version);

ALTER TABLE ONLY tasker.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (run_id);

CREATE UNIQUE INDEX call_journal_call ON tasker.call_journal USING btree (run_id, frame, call_number);

CREATE UNIQUE INDEX call_journal_position ON tasker.call_journal USING btree (run_id, frame, "position");

CREATE INDEX event_receipts_run ON tasker.event_receipts USING btree (run_id);

CREATE INDEX event_waits_name ON tasker.event_waits USING btree (name, run_id, stack_run_id);

CREATE INDEX event_waits_noted ON tasker.event_waits USING btree (name, noted);

CREATE INDEX events_expired ON tasker.events USING btree (expires_at, seq);

CREATE UNIQUE INDEX events_id ON tasker.events USING btree (id);

CREATE INDEX events_name ON tasker.events USING btree (name, run_id, seq) WHERE (NOT is_taken);

CREATE INDEX events_taken ON tasker.events USING btree (run_id) WHERE is_taken;

CREATE INDEX idempotency_keys_expired ON tasker.idempotency_keys USING btree (expires_at, task_name, idempotency_key);

CREATE INDEX schedules_due ON tasker.schedules USING btree (next_at, name) WHERE (NOT is_paused);

CREATE INDEX schedules_queued ON tasker.schedules USING btree (name) WHERE (queued_for IS NOT NULL);

CREATE INDEX schedules_task ON tasker.schedules USING btree (task_name, name) WHERE (origin = 'code'::text);

CREATE INDEX shared_values_expired ON tasker.shared_values USING btree (fresh_until);

CREATE INDEX stack_runs_expires ON tasker.stack_runs USING btree (expires_at, id) WHERE (expires_at IS NOT NULL);

CREATE INDEX stack_runs_lanes ON tasker.stack_runs USING btree (kind, lane, run_after, id) WHERE ((status = 'pending'::text) AND (NOT paused));

CREATE INDEX stack_runs_parent ON tasker.stack_runs USING btree (parent_id, call_number);

CREATE UNIQUE INDEX stack_runs_path ON tasker.stack_runs USING btree (run_id, path);

CREATE INDEX stack_runs_processing ON tasker.stack_runs USING btree (run_id, lease_expires_at, id) WHERE (status = 'processing'::text);

CREATE INDEX stack_runs_suspended ON tasker.stack_runs USING btree (id) WHERE (status = 'suspended'::text);

CREATE UNIQUE INDEX task_functions_current ON tasker.task_functions USING btree (name) WHERE is_current;

CREATE INDEX task_runs_counts ON tasker.task_runs USING btree (task_name, status, id);

CREATE INDEX task_runs_ended ON tasker.task_runs USING btree (finished_at) WHERE ((finished_at IS NOT NULL) AND (retention_ms IS NULL));

CREATE INDEX task_runs_expired ON tasker.task_runs USING btree (((finished_at + retention_ms))) WHERE ((finished_at IS NOT NULL) AND (retention_ms IS NOT NULL));

CREATE INDEX task_runs_held ON tasker.task_runs USING btree (slot_scope) WHERE ((slot_scope IS NOT NULL) AND (slot = 1) AND (finished_at IS NULL));

CREATE INDEX task_runs_paused ON tasker.task_runs USING btree (id) WHERE (paused_at IS NOT NULL);

CREATE INDEX task_runs_schedule ON tasker.task_runs USING btree (schedule, id) WHERE ((schedule IS NOT NULL) AND (finished_at IS NULL));

CREATE INDEX task_runs_slots ON tasker.task_runs USING btree (slot_scope, slot, priority DESC, id) WHERE ((slot_scope IS NOT NULL) AND (finished_at IS NULL));

CREATE INDEX task_runs_status ON tasker.task_runs USING btree (status, id);

CREATE INDEX task_runs_task ON tasker.task_runs USING btree (task_name, id);

CREATE INDEX webhooks_due ON tasker.webhooks USING btree (next_at, run_id) WHERE (state = 'pending'::text);

CREATE TRIGGER run_counts_gone AFTER DELETE ON tasker.task_runs REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tasker.count_gone_runs();

CREATE TRIGGER run_counts_made AFTER INSERT ON tasker.task_runs REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tasker.count_made_runs();

CREATE TRIGGER run_counts_moved AFTER UPDATE OF status ON tasker.task_runs FOR EACH ROW WHEN ((old.status <> new.status)) EXECUTE FUNCTION tasker.count_moved_run();

ALTER TABLE ONLY tasker.call_attempts
    ADD CONSTRAINT call_attempts_run_id_fkey FOREIGN KEY (run_id) REFERENCES tasker.task_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.call_journal
    ADD CONSTRAINT call_journal_run_id_fkey FOREIGN KEY (run_id) REFERENCES tasker.task_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.event_receipts
    ADD CONSTRAINT event_receipts_event_seq_fkey FOREIGN KEY (event_seq) REFERENCES tasker.events(seq) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.event_waits
    ADD CONSTRAINT event_waits_stack_run_id_fkey FOREIGN KEY (stack_run_id) REFERENCES tasker.stack_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.run_logs
    ADD CONSTRAINT run_logs_run_id_fkey FOREIGN KEY (run_id) REFERENCES tasker.task_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.snapshots
    ADD CONSTRAINT snapshots_stack_run_id_fkey FOREIGN KEY (stack_run_id) REFERENCES tasker.stack_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.stack_runs
    ADD CONSTRAINT stack_runs_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES tasker.stack_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.stack_runs
    ADD CONSTRAINT stack_runs_run_id_fkey FOREIGN KEY (run_id) REFERENCES tasker.task_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY tasker.stack_runs
    ADD CONSTRAINT stack_runs_task_name_task_version_fkey FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions(name, version);

ALTER TABLE ONLY tasker.task_grants
    ADD CONSTRAINT task_grants_task_name_task_version_fkey FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions(name, version);

ALTER TABLE ONLY tasker.task_runs
    ADD CONSTRAINT task_runs_task_name_task_version_fkey FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions(name, version);

ALTER TABLE ONLY tasker.task_settings
    ADD CONSTRAINT task_settings_task_name_task_version_fkey FOREIGN KEY (task_name, task_version) REFERENCES tasker.task_functions(name, version);

ALTER TABLE ONLY tasker.webhooks
    ADD CONSTRAINT webhooks_run_id_fkey FOREIGN KEY (run_id) REFERENCES tasker.task_runs(id) ON DELETE CASCADE;

