-- Inputs and options that a person gave a name, per workflow. Values of secret-named fields are never kept here.
CREATE TABLE preset (
    preset_id  INTEGER PRIMARY KEY,
    workflow   TEXT NOT NULL,
    file       TEXT NOT NULL,
    name       TEXT NOT NULL,
    input      TEXT NOT NULL DEFAULT '{}',
    options    TEXT NOT NULL DEFAULT '{}',
    left_out   TEXT NOT NULL DEFAULT '[]',
    created_at REAL NOT NULL,
    UNIQUE (file, workflow, name)
);

-- What a runner does before it is ready, such as "Importing pandas".
ALTER TABLE runner ADD COLUMN doing TEXT;

-- How long the last runners of a file took until they were ready, to say what to expect of the next one.
CREATE TABLE runner_start (
    file     TEXT NOT NULL,
    ready_at REAL NOT NULL,
    seconds  REAL NOT NULL
);
CREATE INDEX runner_start_by_file ON runner_start (file, ready_at DESC);
