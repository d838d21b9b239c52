"""Sends two searches out, lets them run side by side, and merges what both found.

The version in older tutorials can't work, for three reasons. It imports ``collect_events``, which is a method of the
Context. It writes one of its two events to the stream, which shows it to the watcher but wakes no step, so the merge
waits for ever. And its requests and results are of one type, so that the merge takes the unanswered requests for
results: it ends with an empty list. Here both requests are sent, each to its own step, and results travel in the
`MergeEvent` that was never used.
"""

import asyncio
from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

Hit = dict[str, str]


class ParallelSearchEvent(Event):
    """A search to be done: where, and for what."""

    source: str
    query: str


class MergeEvent(Event):
    """All that one source found, on its way to be merged."""

    source: str
    all_results: list[Hit]


async def do_web_search(query: str) -> list[Hit]:
    """Two pages, where a search engine would be asked. Needs no network."""
    await asyncio.sleep(0.5)
    return [
        {"source": "web", "title": f"{query.capitalize()}: an introduction", "kind": "article"},
        {"source": "web", "title": f"Ten things people get wrong about {query}", "kind": "blog"},
    ]


async def do_database_search(query: str) -> list[Hit]:
    """One record, where a database would be asked."""
    await asyncio.sleep(0.3)
    return [{"source": "database", "title": f"Measurements on {query}, 2015 to 2025", "kind": "table"}]


class ResearchWorkflow(Workflow):
    """Searches the web and a database at the same time and merges what both found.

    The database is quicker; the merge waits for both and lists the web first all the same.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "storm tides"}

    @step
    async def fan_out(self, ctx: Context, ev: StartEvent) -> ParallelSearchEvent | None:
        """Send two searches, each to its own step. The annotation names what is sent."""
        query = ev.get("query", "")
        ctx.send_event(ParallelSearchEvent(source="web", query=query), step="search_web")
        ctx.send_event(ParallelSearchEvent(source="database", query=query), step="search_database")
        return None

    @step
    async def search_web(self, ev: ParallelSearchEvent) -> MergeEvent:
        """Search the web."""
        return MergeEvent(source=ev.source, all_results=await do_web_search(ev.query))

    @step
    async def search_database(self, ev: ParallelSearchEvent) -> MergeEvent:
        """Search the database."""
        return MergeEvent(source=ev.source, all_results=await do_database_search(ev.query))

    @step(num_workers=1)
    async def merge(self, ctx: Context, ev: MergeEvent) -> StopEvent | None:
        """Wait for both, then put their results into one list."""
        found = ctx.collect_events(ev, [MergeEvent] * 2)
        if found is None:
            return None
        found.sort(key=lambda event: event.source, reverse=True)
        return StopEvent(result=[hit for event in found for hit in event.all_results])
