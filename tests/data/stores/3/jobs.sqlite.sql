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
    data BLOB
);
INSERT INTO "jobs" VALUES(1,'57433eea3da2b576','上传/坏.txt','queued','','','','2026-11-25T03:38:16+00:00','',X'7B5C727466317D');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
COMMIT;
