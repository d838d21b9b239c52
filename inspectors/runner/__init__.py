"""Runners: child processes that import user code and run workflows, and the supervisor that finds and owns them."""
