CREATE TABLE IF NOT EXISTS jobs (
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
