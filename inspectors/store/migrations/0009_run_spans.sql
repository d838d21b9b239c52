-- When each invocation of a long ended run was queued and ran, worked out once, so that its Gantt look opens at once.
-- Made anew whenever it doesn't fit the records; nothing is lost with it.
CREATE TABLE run_spans (
    run_key INTEGER PRIMARY KEY REFERENCES run (run_key) ON DELETE CASCADE,
    upto    INTEGER NOT NULL,
    format  TEXT NOT NULL,
    spans   BLOB NOT NULL
);
