-- One row per run. Times are epoch seconds. `input`, `answer.value`, `block.journal` and `checkpoint.context`
-- keep real values, because going on needs them; they are masked or deleted when the run ends.
CREATE TABLE run (
    run_key       INTEGER PRIMARY KEY,
    run_id        TEXT NOT NULL UNIQUE,
    workflow      TEXT NOT NULL,
    module        TEXT NOT NULL,
    file          TEXT NOT NULL,
    version       TEXT NOT NULL DEFAULT '',
    status        TEXT NOT NULL,
    origin        TEXT NOT NULL DEFAULT 'page',
    input         TEXT NOT NULL DEFAULT '{}',
    options       TEXT NOT NULL DEFAULT '{}',
    graph         TEXT,
    created_at    REAL NOT NULL,
    started_at    REAL,
    ended_at      REAL,
    waiting_since REAL,
    active_s      REAL NOT NULL DEFAULT 0,
    active_since  REAL,
    last_seq      INTEGER NOT NULL DEFAULT 0,
    result        TEXT,
    error         TEXT,
    runner_id     TEXT,
    loaded        INTEGER NOT NULL DEFAULT 0,
    cancel_asked_at REAL,
    cancelled_by  TEXT NOT NULL DEFAULT '',
    parent_run    TEXT,
    parent_invocation TEXT
);
CREATE INDEX run_by_time ON run (created_at DESC);
CREATE INDEX run_by_workflow ON run (workflow, created_at DESC);
CREATE INDEX run_by_status ON run (status, created_at DESC);

-- Records and journal of one run and one commit: zlib of JSON lines. `seq` has no gaps within a run.
CREATE TABLE block (
    run_key      INTEGER NOT NULL REFERENCES run (run_key) ON DELETE CASCADE,
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    committed_at REAL NOT NULL,
    records      BLOB NOT NULL,
    PRIMARY KEY (run_key, first_seq)
) WITHOUT ROWID;

-- The engine's ticks, and state patches between them, in the order they were reduced.
CREATE TABLE journal (
    run_key   INTEGER NOT NULL REFERENCES run (run_key) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    lines     BLOB NOT NULL,
    PRIMARY KEY (run_key, position)
) WITHOUT ROWID;

-- The newest state a run can be taken up from: zlib of the engine's Context.to_dict() and of what the recorder knows.
CREATE TABLE checkpoint (
    run_key    INTEGER PRIMARY KEY REFERENCES run (run_key) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    created_at REAL NOT NULL,
    context    BLOB NOT NULL,
    recorder   BLOB NOT NULL
);

CREATE TABLE prompt (
    prompt_id   TEXT PRIMARY KEY,
    run_key     INTEGER NOT NULL REFERENCES run (run_key) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    status      TEXT NOT NULL DEFAULT 'open',
    event_type  TEXT NOT NULL,
    step        TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL DEFAULT '',
    fields      TEXT NOT NULL DEFAULT '{}',
    waiter_id   TEXT,
    answer      TEXT NOT NULL DEFAULT '{}',
    created_at  REAL NOT NULL,
    deadline    REAL,
    loaded_why  TEXT,
    refused     TEXT
);
CREATE INDEX prompt_by_run ON prompt (run_key);
CREATE INDEX prompt_open ON prompt (status, created_at);

-- The primary key is what makes an answer unique: whoever comes second is told who was first.
CREATE TABLE answer (
    prompt_id    TEXT PRIMARY KEY REFERENCES prompt (prompt_id) ON DELETE CASCADE,
    value        TEXT NOT NULL,
    answered_by  TEXT NOT NULL DEFAULT '',
    answered_at  REAL NOT NULL,
    delivered_at REAL
);

-- A runner is a child process for one version of one source file. Port and token let any server on this machine reach it.
CREATE TABLE runner (
    runner_id       TEXT PRIMARY KEY,
    file            TEXT NOT NULL,
    version         TEXT NOT NULL,
    pid             INTEGER,
    process_started REAL,
    port            INTEGER,
    token           TEXT NOT NULL,
    owner_pid       INTEGER,
    owner_started   REAL,
    status          TEXT NOT NULL,
    created_at      REAL NOT NULL,
    heartbeat       REAL,
    description     TEXT,
    error           TEXT
);
CREATE INDEX runner_by_file ON runner (file, version);
