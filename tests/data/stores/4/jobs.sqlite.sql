BEGIN TRANSACTION;
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    change TEXT NOT NULL DEFAULT '',
    document_id TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    finished_at TEXT NOT NULL DEFAULT '',
    data BLOB,
    owner TEXT NOT NULL DEFAULT '',
    sharing TEXT NOT NULL DEFAULT ''
);
INSERT INTO "jobs" VALUES(1,'80f5b1f319c7b9f0','上传/坏.txt','queued','','','','2026-11-25T05:27:24+00:00','',X'7B5C727466317D','','[null, null, []]');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
COMMIT;
