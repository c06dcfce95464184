CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);
-- head: the latest record; anchor: the latest of those dropped for their age.
CREATE TABLE IF NOT EXISTS seals (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
);
INSERT OR IGNORE INTO seals VALUES
    ('head', 0, '0000000000000000000000000000000000000000000000000000000000000000'),
    ('anchor', 0, '0000000000000000000000000000000000000000000000000000000000000000');
-- Against mistakes; against intent there is the chain.
CREATE TRIGGER IF NOT EXISTS records_stay BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER IF NOT EXISTS records_remain BEFORE DELETE ON records
WHEN OLD.number > (SELECT number FROM seals WHERE name = 'anchor')
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
