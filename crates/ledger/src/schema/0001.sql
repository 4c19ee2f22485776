-- Format 1: results, events, inquiries, audit chain, small state.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
CREATE TABLE results (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    visit TEXT NOT NULL,
    reader TEXT NOT NULL,
    kind TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    owner TEXT,
    lease_until INTEGER,
    acknowledged_at INTEGER,
    UNIQUE (visit, kind),
    CHECK (acknowledged_at IS NULL OR owner IS NOT NULL)
) STRICT;
CREATE INDEX results_open ON results (seq) WHERE acknowledged_at IS NULL;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    result_id TEXT NOT NULL REFERENCES results (id)
) STRICT;
CREATE TABLE inquiries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit TEXT NOT NULL,
    reader TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'dropped')),
    result_id TEXT REFERENCES results (id),
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX inquiries_due ON inquiries (next_at) WHERE state = 'queued';
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail BLOB NOT NULL,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TABLE state (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
