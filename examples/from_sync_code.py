"""A workflow called from ordinary, synchronous code: a script, a command, a notebook cell without await.

``asyncio.run`` needs a coroutine, and ``workflow.run(...)`` is none: it starts the run at once and so wants a running
loop. Hence the small `_run` inside. In code that is already asynchronous, await the workflow instead. Start it from the
project's folder with

    python examples/from_sync_code.py "When do keys expire?"

The workflow is the sample `workflows/rag_sources.py`. `record` has its runs appear in Stepscope, on Traces.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

# Stepscope and its samples aren't installed. The samples are files beside each other, not a package: `workflows` is the
# name of the engine.
sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))

from rag_sources import rag_workflow

from inspectors.recording import record


def run_workflow_sync(query: str) -> dict[str, Any]:
    """Run workflow from synchronous context. Gives `answer`, `sources` and `num_sources`.

    Raises RuntimeError inside a running event loop, and what the workflow raises.
    """

    async def _run() -> dict[str, Any]:
        result: dict[str, Any] = await record(rag_workflow()).run(query=query)
        return result

    return asyncio.run(_run())


def main() -> None:
    """Answer the question given as words on the command line, or the first question of most readers."""
    result = run_workflow_sync(" ".join(sys.argv[1:]) or "What is the main topic?")
    sys.stdout.write(f"{result['answer']}\n\nFrom {', '.join(dict.fromkeys(result['sources']))}\n")


if __name__ == "__main__":
    main()
