"""Recording: what happens in a run, as records. Needs the standard library and the engine only."""
