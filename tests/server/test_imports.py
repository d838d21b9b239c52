"""What the server imports before it has threads."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import inspectors.server.routes, sys
before = set(sys.modules)
from inspectors.diagnostics.source_rules import refusals_in_class
from inspectors.diagnostics import problems_of
print(sorted(name for name in set(sys.modules) - before if name.startswith("inspectors.")))
"""


def test_the_rules_are_imported_before_threads_can_import_them_from_both_ends():
    # A page imports `inspectors.diagnostics` while the first reading of the targets imports its `source_rules`.
    looked = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert looked.stdout.strip() == "[]"
