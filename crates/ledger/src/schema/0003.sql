-- Format 3: two more steps of a delivery. `withdrawing` is noted before a file is taken back, so that a file that has gone is never
-- mistaken for one that somebody took; `abandoned` is the end of one that was planned and never written.
CREATE TABLE deliveries_3 (
    subject TEXT NOT NULL,
    consumer TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK
        (state IN ('planned', 'ready', 'written', 'withdrawing', 'taken', 'uncollected', 'abandoned')),
    moved_at INTEGER NOT NULL,
    PRIMARY KEY (consumer, subject)
) STRICT;
INSERT INTO deliveries_3 (subject, consumer, name, state, moved_at)
    SELECT subject, consumer, name, state, moved_at FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_3 RENAME TO deliveries;
CREATE INDEX deliveries_open ON deliveries (consumer, subject)
    WHERE state IN ('planned', 'ready', 'written', 'withdrawing');
