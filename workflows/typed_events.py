"""Typed ends: a StartEvent that says what may go in, and a StopEvent that says what comes out.

A typed start is checked before anything runs, and its fields become a form. A typed stop is the result itself:
``await workflow.run(...)`` gives the MyStopEvent, with its fields as attributes. Older tutorials leave the last step
out, which the engine refuses today. And on a typed event write ``ev.query``: ``ev.get("query")`` only knows names that
were not declared.
"""

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field
from text_search import nearest, sentences
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent

DATA = Path(__file__).parent / "data"


class MyStartEvent(StartEvent):
    """Typed entry event for my workflow."""

    query: str = Field(min_length=1, description="What to look for.")
    max_results: int = Field(default=10, ge=1, le=50, description="Sentences at most.")
    include_sources: bool = Field(default=True, description="Say which files they come from.")


class ProcessEvent(Event):
    """The question on its way to the search."""

    query: str
    max_results: int
    include_sources: bool


class MyStopEvent(StopEvent):
    """Typed result event."""

    answer: str
    sources: list[str]
    confidence: float = Field(description="The share of the question that the best sentence covers, 0 to 1.")


class TypedWorkflow(Workflow):
    """Takes a typed question and gives a typed answer.

    Try `max_results` 0 in the form: it is refused before anything runs.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "rate limit requests a minute", "max_results": 3}

    @step
    async def start(self, ev: MyStartEvent) -> ProcessEvent:
        """Read the fields as attributes; an editor completes them."""
        return ProcessEvent(query=ev.query, max_results=ev.max_results, include_sources=ev.include_sources)

    @step
    async def finalize(self, ev: ProcessEvent) -> MyStopEvent:
        """Search the handbook's sentences and fill the typed result."""
        source_of = {
            sentence: file.name
            for file in sorted(DATA.glob("*.txt"))
            for sentence in sentences(file.read_text(encoding="utf-8"))
        }
        found = nearest(ev.query, list(source_of), ev.max_results)
        sources = list(dict.fromkeys(source_of[text] for text, _ in found)) if ev.include_sources else []
        return MyStopEvent(
            answer="\n".join(f"- {text}" for text, _ in found) or "Nothing in the handbook has these words.",
            sources=sources,
            confidence=round(found[0][1], 2) if found else 0.0,
        )
