"""Asks three sources at the same time and merges what they found.

One event starts one invocation of a step. To search three places at once a step must send three events;
``num_workers=3`` then lets three invocations of `search_sources` run side by side. ``ctx.collect_events``
gathers the results: it gives None until all three are there.
"""

import asyncio
from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

SOURCES = ("knowledge_base", "web", "archive")


class SearchEvent(Event):
    """One source to search."""

    source: str
    query: str


class SearchResultEvent(Event):
    """What one source found."""

    source: str
    results: str


class ParallelSearchWorkflow(Workflow):
    """Asks three sources at the same time and merges what they found.

    Each search takes about 0.3 seconds; all three together take no longer than one.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "heat pumps in old houses"}

    @step
    async def dispatch(self, ctx: Context, ev: StartEvent) -> SearchEvent | None:
        """Send one search per source. The annotation names what is sent, so that graphs can show it."""
        query = ev.get("query", "")
        for source in SOURCES:
            ctx.send_event(SearchEvent(source=source, query=query))
        return None

    @step(num_workers=3)
    async def search_sources(self, ctx: Context, ev: SearchEvent) -> SearchResultEvent:
        """Search one source; three of these run at once."""
        await asyncio.sleep(0.3)  # where a real search would wait for its source
        return SearchResultEvent(
            source=ev.source,
            results=f"Results from {ev.source.replace('_', ' ')} for: {ev.query}",
        )

    @step
    async def merge_results(self, ctx: Context, ev: SearchResultEvent) -> StopEvent | None:
        """Wait for the results of all sources, then write them below each other in a fixed order."""
        results = ctx.collect_events(ev, [SearchResultEvent] * len(SOURCES))
        if results is None:
            return None
        results.sort(key=lambda found: SOURCES.index(found.source))
        return StopEvent(result="\n".join(f"[{found.source}] {found.results}" for found in results))
