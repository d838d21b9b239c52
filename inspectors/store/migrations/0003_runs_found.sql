-- Finding and counting among many runs without reading their rows, which hold inputs and results of any size.
-- The first two take over what the two older indexes were for.
CREATE INDEX run_listing ON run (created_at DESC, run_key DESC, status, workflow, file, module);
CREATE INDEX run_durations ON run (workflow, file, created_at DESC, status, active_s);
CREATE INDEX run_by_parent ON run (parent_run) WHERE parent_run IS NOT NULL;
DROP INDEX run_by_time;
DROP INDEX run_by_workflow;
