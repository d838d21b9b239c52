-- Blocks and journal as tables with a rowid: without one, SQLite keeps at most 1,002 bytes of a row in its own page and
-- gives the rest pages of its own, so that a block of 1.6 kB took 5 kB of the file (sqlite.org/fileformat2.html, 1.5).
ALTER TABLE block RENAME TO block_before;
CREATE TABLE block (
    block_key    INTEGER PRIMARY KEY,
    run_key      INTEGER NOT NULL REFERENCES run (run_key) ON DELETE CASCADE,
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    committed_at REAL NOT NULL,
    records      BLOB NOT NULL,
    UNIQUE (run_key, first_seq)
);
INSERT INTO block (run_key, first_seq, last_seq, committed_at, records)
    SELECT run_key, first_seq, last_seq, committed_at, records FROM block_before ORDER BY run_key, first_seq;
DROP TABLE block_before;

ALTER TABLE journal RENAME TO journal_before;
CREATE TABLE journal (
    journal_key INTEGER PRIMARY KEY,
    run_key     INTEGER NOT NULL REFERENCES run (run_key) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    lines       BLOB NOT NULL,
    UNIQUE (run_key, position)
);
INSERT INTO journal (run_key, position, lines)
    SELECT run_key, position, lines FROM journal_before ORDER BY run_key, position;
DROP TABLE journal_before;
