-- What schema version 63 has besides that of version 62.
ALTER TABLE call_journal ADD COLUMN total_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER call_journal_secrets AFTER INSERT ON call_journal
WHEN NEW.service = 'keystore' AND NEW.method IN ('["set"]', '["setIfAbsent"]') AND json_valid(NEW.args)
    AND json_extract(NEW.args, '$[3].secret') = 1 BEGIN
    UPDATE call_journal SET args = json_set(args, '$[2]', '[hidden]') WHERE run_id = NEW.run_id AND seq = NEW.seq;
END;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    key_name TEXT NOT NULL,
    key_id TEXT,
    client TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    code TEXT,
    bundle TEXT,
    detail TEXT
) STRICT;
CREATE UNIQUE INDEX audit_bundle ON audit (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX audit_at ON audit (at);
INSERT INTO migrations (version) VALUES (63);
