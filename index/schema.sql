CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    recipe TEXT NOT NULL,
    format TEXT NOT NULL,
    encoding TEXT NOT NULL,
    text TEXT NOT NULL,
    report TEXT NOT NULL,
    metadata TEXT NOT NULL,
    added_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS paragraphs (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    spans TEXT NOT NULL,
    kind TEXT NOT NULL,
    headings TEXT NOT NULL,
    boxes TEXT NOT NULL,
    speaker TEXT NOT NULL,
    office TEXT NOT NULL,
    quality REAL NOT NULL,
    item TEXT NOT NULL,
    decision INTEGER NOT NULL,
    PRIMARY KEY (document_id, ordinal)
);
-- AUTOINCREMENT: a number once given is never given again, so that a vector
-- left over in some index file can never point at another passage.
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    headings TEXT NOT NULL,
    pieces TEXT NOT NULL,
    speaker TEXT NOT NULL,
    office TEXT NOT NULL,
    date TEXT NOT NULL,
    page INTEGER NOT NULL,
    item TEXT NOT NULL,
    decision INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_document ON passages (document_id, ordinal);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    tokens, tokenize = "unicode61 remove_diacritics 0 tokenchars '.%-/'"
);
