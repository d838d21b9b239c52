"""What is wrong with a workflow: one rule, one function; each finding says what, where, and how to mend it.

What source alone can tell is said before anything runs; what the engine says of the imported class or of a failed
run is turned into the same sentences.
"""

from inspectors.diagnostics.model import Finding
from inspectors.diagnostics.report import explain_error, problems_of

__all__ = ["Finding", "explain_error", "problems_of"]
