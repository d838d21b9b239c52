"""Reads all documents, paragraph by paragraph, so that a run that is saved on the way can go on where it was.

Nothing here is about saving. Progress sits in ``ctx.store``, the next paragraph in an event, and both are plain data:
that is all that ``ctx.to_dict()`` needs, and ``workflow.run(ctx=Context.from_dict(workflow, saved))`` goes on from it.
What was finished before is not done again, only the paragraph that was being read. So a step should be able to run
twice without harm: this one writes under a name of its own, and adds nothing up.
"""

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from text_search import terms
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

DATA = Path(__file__).parent / "data"


class ChunkEvent(Event):
    """The next paragraph to read, counted from 0."""

    number: int


class ChunkDoneEvent(Event):
    """For whoever watches: how far it is."""

    done: int
    of: int
    file: str


class AllReadEvent(Event):
    """There is no paragraph left."""

    chunks: int


def paragraphs() -> list[tuple[str, str]]:
    """File name and text of every paragraph, always in the same order."""
    return [
        (file.name, paragraph)
        for file in sorted(DATA.glob("*.txt"))
        for paragraph in file.read_text(encoding="utf-8").strip().split("\n\n")
    ]


class LongPipelineWorkflow(Workflow):
    """Reads the whole handbook in many small steps, with its progress in the Context.

    About six seconds. A copy of its Context, saved at any moment, goes on where it was. `pace` is the seconds that a
    paragraph takes.
    """

    example_input: ClassVar[dict[str, Any]] = {"pace": 0.25}

    def __init__(self, **kwargs: Any) -> None:
        """Allow ten minutes, for a slower pace."""
        kwargs.setdefault("timeout", 600)
        super().__init__(**kwargs)

    @step
    async def plan(self, ctx: Context, ev: StartEvent) -> ChunkEvent:
        """Note the pace and begin with the first paragraph."""
        await ctx.store.set("pace", ev.get("pace", 0.25))
        return ChunkEvent(number=0)

    @step
    async def read_chunk(self, ctx: Context, ev: ChunkEvent) -> ChunkEvent | AllReadEvent:
        """Read one paragraph, note what it holds, go on with the next."""
        todo = paragraphs()
        file, text = todo[ev.number]
        await asyncio.sleep(await ctx.store.get("pace"))  # where the paragraph would be embedded or translated
        stems = sorted(set(terms(text)))
        await ctx.store.set(f"chunk_{ev.number:03}", {"file": file, "words": len(text.split()), "terms": len(stems)})
        ctx.write_event_to_stream(ChunkDoneEvent(done=ev.number + 1, of=len(todo), file=file))
        if ev.number + 1 < len(todo):
            return ChunkEvent(number=ev.number + 1)
        return AllReadEvent(chunks=len(todo))

    @step
    async def report(self, ctx: Context, ev: AllReadEvent) -> StopEvent:
        """Add up what was noted, file by file."""
        noted = [await ctx.store.get(f"chunk_{number:03}") for number in range(ev.chunks)]
        files = list(dict.fromkeys(note["file"] for note in noted))
        return StopEvent(
            result=[
                {
                    "file": file,
                    "paragraphs": sum(note["file"] == file for note in noted),
                    "words": sum(note["words"] for note in noted if note["file"] == file),
                }
                for file in files
            ]
        )
