-- Whether who answered had signed in, or only typed a name.
ALTER TABLE answer ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;
CREATE INDEX answer_by_time ON answer (answered_at DESC);

-- The name that a person gave in a browser, known by a cookie of ours.
CREATE TABLE person (
    browser    TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    named_at   REAL NOT NULL
);

-- What a person has typed for a prompt and not sent, per browser: JSON, widget -> value.
CREATE TABLE review_draft (
    prompt_id  TEXT NOT NULL REFERENCES prompt (prompt_id) ON DELETE CASCADE,
    browser    TEXT NOT NULL,
    typed      TEXT NOT NULL,
    saved_at   REAL NOT NULL,
    PRIMARY KEY (prompt_id, browser)
);
