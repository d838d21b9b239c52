-- Which version of a workflow whose code has changed takes the answer: 'asked', 'new', or null where nobody chose.
ALTER TABLE answer ADD COLUMN version TEXT;
-- The interpreter that a runner was started with: a server set to another one starts its own.
ALTER TABLE runner ADD COLUMN python TEXT NOT NULL DEFAULT '';
