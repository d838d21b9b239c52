-- Why a run that goes on can't be written down, so that it could not outlive its runner; null: it can.
ALTER TABLE run ADD COLUMN unsaved TEXT;
