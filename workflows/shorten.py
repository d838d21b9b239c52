"""Repeats two steps until a condition holds.

A loop needs no special construct: `judge` returns either the event that `shorten` takes, and `shorten` answers with the
event that `judge` takes, or the StopEvent. Always give a loop a second way out; here it is `max_rounds`.
"""

import asyncio
from typing import Any, ClassVar

from text_search import rarity, sentences, terms
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class DraftEvent(Event):
    """A version of the text, to be judged."""

    text: str


class TooLongEvent(Event):
    """It does not fit yet; `words` says how long it is."""

    text: str
    words: int


class ShortenWorkflow(Workflow):
    """Shortens a text, round by round, until it fits.

    Each round drops the sentence that says least. The run ends when the text has at most `max_words` words, when one
    sentence is left, or after `max_rounds` rounds.
    """

    example_input: ClassVar[dict[str, Any]] = {
        "text": (
            "Tidewatch measures water levels in small harbours. It does this all day and all night. A station looks "
            "down at the water by radar and sends one reading a minute. The box is grey. Harbour masters read the "
            "levels on a phone and close the gates in time. Some of them like it very much."
        ),
        "max_words": 35,
        "max_rounds": 8,
    }

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> DraftEvent:
        """Remember what would be short enough and hand the text on."""
        await ctx.store.set("max_words", ev.get("max_words", 35))
        await ctx.store.set("max_rounds", ev.get("max_rounds", 8))
        await ctx.store.set("round", 0)
        return DraftEvent(text=ev.text)

    @step
    async def judge(self, ctx: Context, ev: DraftEvent) -> TooLongEvent | StopEvent:
        """End the run if the text fits or no round is left; else ask for a shorter one."""
        words = len(ev.text.split())
        rounds = await ctx.store.get("round")
        fits = words <= await ctx.store.get("max_words")
        if fits or rounds >= await ctx.store.get("max_rounds") or len(sentences(ev.text)) < 2:
            end = "It fits" if fits else "It still does not fit"
            return StopEvent(result=f"{ev.text}\n\n({end}: {words} words after {rounds} rounds.)")
        return TooLongEvent(text=ev.text, words=words)

    @step
    async def shorten(self, ctx: Context, ev: TooLongEvent) -> DraftEvent:
        """Drop the sentence that says least."""
        await asyncio.sleep(0.2)  # where a language model would be asked
        await ctx.store.set("round", await ctx.store.get("round") + 1)
        parts = sentences(ev.text)
        weights = rarity(parts)
        parts.remove(min(parts, key=lambda part: sum(weights[stem] for stem in set(terms(part)))))
        return DraftEvent(text=" ".join(parts))
