-- What keeps a runner from everything else just now (JSON): a step that blocks its event loop, the engine itself, code
-- that holds the interpreter's lock. Written by the runner, or by a server where the runner can't.
ALTER TABLE runner ADD COLUMN holdup TEXT;
-- Bytes in use by the runner and its subprocesses, and how many they may use; null while that is nothing to speak of.
ALTER TABLE runner ADD COLUMN memory INTEGER;
ALTER TABLE runner ADD COLUMN memory_limit INTEGER;
-- Why Stepscope itself ends the process, and on whose behalf (JSON), written before it does: whichever server finds it
-- dead says the same.
ALTER TABLE runner ADD COLUMN ending TEXT;
