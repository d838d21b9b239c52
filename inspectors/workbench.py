"""What one server process works with: settings, store, supervisor, catalog. Made once, on first use."""

from __future__ import annotations

import logging
import sys
import threading
import time
from pathlib import Path
from typing import Any

# Reading a file needs its rules, and they need discovery: imported here, whole, before there are threads, since two
# threads that import them from both ends at once get a half-made module.
import inspectors.diagnostics  # noqa: F401
from inspectors.discovery import discover
from inspectors.discovery.model import Catalog, WorkflowSource
from inspectors.discovery.versions import runs_elsewhere
from inspectors.graph.history import History
from inspectors.runner.kept_files import kept_folder
from inspectors.runner.supervisor import Supervisor
from inspectors.settings import SAMPLES, Settings, read_settings
from inspectors.store import Store, StoreRefused

logger = logging.getLogger("stepscope.workbench")

FRESH_SECONDS = 0.5
"""How old a look at the targets may be: with hundreds of files even finding nothing changed takes a while."""


class Workbench:
    """Settings, store, supervisor and catalog of this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        runs_elsewhere(settings.python != sys.executable)
        for notice in settings.notices:
            print(f"\n  {notice}\n", file=sys.stderr)
        self.store = Store(settings.database)
        try:
            self.supervisor = Supervisor(self.store, settings)
        except StoreRefused:
            self.store.close()
            raise
        self.shown_runs: set[str] = set()
        """Runs whose Trace a browser has shown since this server started."""
        self.history = History(self.store)
        self._catalog: tuple[float, Catalog] | None = None

    def catalog(self) -> Catalog:
        """The workflows of the targets, read at most half a second ago; unchanged files are not read again."""
        now = time.monotonic()
        if self._catalog is None or now - self._catalog[0] > FRESH_SECONDS:
            self._catalog = (now, discover(self.settings.targets))
        return self._catalog[1]

    def look_again(self) -> None:
        """Have the next `catalog()` look at the targets, however fresh the last look is."""
        self._catalog = None

    def source(self, workflow_id: str) -> WorkflowSource | None:
        """The workflow with this id (`WorkflowSource.id`), or None; a sample where the targets hold none at all."""
        workflows = self.catalog().workflows or discover([str(SAMPLES)]).workflows
        return next((item for item in workflows if item.id == workflow_id), None)

    def source_of(self, file: str, name: str) -> WorkflowSource | None:
        """The workflow class `name` in `file`, also outside the targets; None if it isn't there any more."""
        known = next((item for item in self.catalog().workflows if item.file == file and item.name == name), None)
        if known is not None or not Path(file).is_file():
            return known
        return next((item for item in discover([file]).workflows if item.name == name), None)

    def forget_files(self) -> None:
        """Delete files that people gave to forms and that no run, answer or preset names any more."""
        from inspectors.forms.files import forget_files  # forms take long to import, and a command needs none

        forget_files(kept_folder(self.settings.database), self.store.named_digests)

    def close(self) -> None:
        """Let go of runners and database."""
        try:
            self.supervisor.close()
        except StoreRefused as refused:
            # The runners end by themselves once nobody is connected to them.
            logger.warning("%s", refused)
        finally:
            self.store.close()


_lock = threading.Lock()
_workbench: Workbench | None = None


def get_workbench() -> Workbench:
    """This process's workbench. Raises StoreRefused with a sentence if its database can't be used."""
    global _workbench
    with _lock:
        if _workbench is None:
            _workbench = Workbench(read_settings())
        return _workbench


def close_workbench(*_: Any) -> None:
    """Close this process's workbench, if there is one; the next `get_workbench` makes a new one."""
    global _workbench
    with _lock:
        if _workbench is not None:
            _workbench.close()
            _workbench = None
