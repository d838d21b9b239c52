-- What was worked out of an ended run's records once, so that a long one opens at once: counts for its graph, columns
-- and texts to search. Made anew whenever it doesn't fit the records; nothing is lost with it.
CREATE TABLE run_index (
    run_key INTEGER PRIMARY KEY REFERENCES run (run_key) ON DELETE CASCADE,
    upto    INTEGER NOT NULL,
    format  TEXT NOT NULL,
    fold    TEXT NOT NULL,
    names   TEXT NOT NULL,
    columns BLOB NOT NULL
);
CREATE TABLE run_index_text (
    run_key  INTEGER NOT NULL REFERENCES run (run_key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    texts    BLOB NOT NULL,
    PRIMARY KEY (run_key, position)
);
