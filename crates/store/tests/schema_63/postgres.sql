-- What schema version 63 has besides that of version 62.
ALTER TABLE tasker.call_journal ADD COLUMN total_bytes BIGINT NOT NULL DEFAULT 0;
CREATE FUNCTION tasker.hide_secret() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    args json := NEW.args;
BEGIN
    IF args -> 3 ->> 'secret' = 'true' THEN
        NEW.args := format('[%s,%s,"[hidden]",%s]', args -> 0, args -> 1, args -> 3);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_journal_secrets BEFORE INSERT ON tasker.call_journal FOR EACH ROW
    WHEN (NEW.service = 'keystore' AND NEW.method IN ('["set"]', '["setIfAbsent"]') AND NEW.args LIKE '%"secret"%')
    EXECUTE FUNCTION tasker.hide_secret();
CREATE TABLE tasker.audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    client TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    bundle TEXT COLLATE "C",
    detail TEXT
);
CREATE UNIQUE INDEX audit_bundle ON tasker.audit (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX audit_at ON tasker.audit (at);
INSERT INTO tasker.migrations (version) VALUES (63);
