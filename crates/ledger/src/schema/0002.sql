-- Format 2: events of anything, consumers' cursors, consents, follow-ups, asks of receipt computers, bulk jobs, counters,
-- remembered answers, deliveries into folders.
ALTER TABLE results ADD COLUMN lapsed_at INTEGER;

CREATE TABLE events_2 (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    reader TEXT NOT NULL
) STRICT;
INSERT INTO events_2 (seq, at, kind, subject, reader)
    SELECT events.seq, at, events.kind, result_id, reader FROM events JOIN results ON results.id = result_id;
DROP TABLE events;
ALTER TABLE events_2 RENAME TO events;
CREATE INDEX events_subject ON events (subject);

CREATE TABLE cursors (
    consumer TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    moved_at INTEGER NOT NULL
) STRICT;

CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit TEXT NOT NULL,
    kind TEXT NOT NULL,
    flow TEXT NOT NULL,
    flag TEXT NOT NULL,
    given_at INTEGER,
    until INTEGER,
    recorded_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    person BLOB NOT NULL,
    UNIQUE (visit, kind)
) STRICT;

CREATE TABLE follow_ups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at INTEGER NOT NULL,
    visit TEXT NOT NULL,
    reader TEXT NOT NULL,
    result_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    note BLOB NOT NULL,
    closed_at INTEGER,
    closed_by TEXT,
    outcome BLOB,
    UNIQUE (result_id, reason)
) STRICT;
CREATE INDEX follow_ups_open ON follow_ups (id) WHERE closed_at IS NULL;

CREATE TABLE asks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    visit TEXT NOT NULL,
    job INTEGER,
    made_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'answered', 'failed')),
    code TEXT NOT NULL DEFAULT '',
    ended_at INTEGER,
    result_id TEXT,
    request BLOB NOT NULL,
    UNIQUE (client, key)
) STRICT;
CREATE INDEX asks_due ON asks (next_at) WHERE state = 'queued';
CREATE INDEX asks_job ON asks (job) WHERE job IS NOT NULL;

CREATE TABLE bulk_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    params BLOB NOT NULL,
    reception TEXT NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    ended_at INTEGER,
    state TEXT NOT NULL DEFAULT 'working' CHECK (state IN ('working', 'done', 'failed')),
    code TEXT NOT NULL DEFAULT '',
    total INTEGER NOT NULL,
    UNIQUE (client, key)
) STRICT;
CREATE TABLE bulk_items (
    job INTEGER NOT NULL REFERENCES bulk_jobs (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    who BLOB NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (job, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

CREATE TABLE answers (
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER,
    answer BLOB,
    PRIMARY KEY (client, key)
) STRICT;
CREATE INDEX answers_at ON answers (at);

CREATE TABLE deliveries (
    subject TEXT NOT NULL,
    consumer TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('planned', 'ready', 'written', 'taken', 'uncollected')),
    moved_at INTEGER NOT NULL,
    PRIMARY KEY (consumer, subject)
) STRICT;
