"""Writes a draft, takes a person's edits and comments, and revises until it is approved.

Everything that crosses a border has a type of its own: the input (`ArticleStartEvent`), the question
(`DraftReadyEvent`), the answer (`ReviewEvent`) and the result (`PublishedEvent`). The fields of the answer
decide what a reviewer can do: `edited_text` carries a corrected draft back, `comment` a wish for the next
round.
"""

import asyncio
from typing import Any, ClassVar

from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class ArticleStartEvent(StartEvent):
    """What the article is about and how often a reviewer may send it back."""

    topic: str = Field(min_length=1, description="What to write about.")
    max_rounds: int = Field(default=5, ge=1, le=9, description="Reviews at most; the last one decides.")


class DraftReadyEvent(InputRequiredEvent):
    """Asks a person whether the draft can go out."""

    prefix: str = "Is this draft ready to publish?"
    draft: str
    round: int


class ReviewEvent(HumanResponseEvent):
    """What the reviewer decided."""

    approve: bool = Field(description="Publish it as it is, with your edits if you made any.")
    edited_text: str = Field(default="", description="The draft as you would have it. Empty: unchanged.")
    comment: str = Field(default="", description="What the next draft should do differently.")


class ReviseEvent(Event):
    """The reviewer wants another draft."""

    text: str
    comment: str


class PublishedEvent(StopEvent):
    """How it ended. `approved` is False when the last review still asked for changes."""

    text: str
    rounds: int
    comments: list[str]
    approved: bool = True


async def write_article(topic: str) -> str:
    """Write a short article about `topic`, where a language model would be asked. Needs no network."""
    await asyncio.sleep(0.3)
    return (
        f"{topic}: what changes in 2027\n\n"
        f"The rules on {topic} that take effect next year sort cases by the harm they can do, not by the "
        "method they use. Two products may share their inner workings and still face different duties.\n\n"
        "Whoever offers the riskier kind must keep logs, name a person who can stop the system, and report "
        "serious incidents within fifteen days. Smaller firms get a lighter file, yet the duty to tell "
        "people stays.\n\n"
        "For most teams the work is not new software. It is a list: what runs where, who answers for it, and "
        "what happens when it is wrong."
    )


async def rewrite_article(text: str, comment: str) -> str:
    """Rewrite `text` after `comment`: shorter if it asks for that, else with a paragraph on it."""
    await asyncio.sleep(0.3)
    paragraphs = text.split("\n\n")
    if "short" in comment.lower() and len(paragraphs) > 2:
        return "\n\n".join(paragraphs[:-1])
    wish = comment.strip().rstrip(".") or "a clearer text"
    return "\n\n".join([*paragraphs, f"A reader asked for more: {wish}. This paragraph is where it goes."])


class DraftReviewWorkflow(Workflow):
    """Writes a draft, takes a person's edits and comments, and revises until it is approved.

    Approve ends the run with the text, edited or not. Asking for changes gives a new draft and another
    review, until `max_rounds` reviews are used up.
    """

    example_input: ClassVar[dict[str, Any]] = {"topic": "AI regulation", "max_rounds": 5}

    def __init__(self, **kwargs: Any) -> None:
        """Set no time limit unless one is given: a reviewer may be on holiday."""
        kwargs.setdefault("timeout", None)
        super().__init__(**kwargs)

    @step
    async def write_draft(self, ctx: Context, ev: ArticleStartEvent) -> DraftReadyEvent:
        """Write the first draft and ask for a review."""
        text = await write_article(ev.topic)
        await ctx.store.set("max_rounds", ev.max_rounds)
        await ctx.store.set("round", 1)
        await ctx.store.set("text", text)
        await ctx.store.set("comments", [])
        return DraftReadyEvent(draft=text, round=1)

    @step
    async def handle_review(self, ctx: Context, ev: ReviewEvent) -> ReviseEvent | PublishedEvent:
        """Publish an approved draft; send any other back with the reviewer's comment."""
        rounds = await ctx.store.get("round")
        comments = await ctx.store.get("comments")
        text = ev.edited_text or await ctx.store.get("text")
        if ev.comment:
            comments = [*comments, ev.comment]
            await ctx.store.set("comments", comments)
        if ev.approve or rounds >= await ctx.store.get("max_rounds"):
            return PublishedEvent(text=text, rounds=rounds, comments=comments, approved=ev.approve)
        return ReviseEvent(text=text, comment=ev.comment)

    @step
    async def revise_draft(self, ctx: Context, ev: ReviseEvent) -> DraftReadyEvent:
        """Write the next draft from the reviewer's version and comment, and ask again."""
        text = await rewrite_article(ev.text, ev.comment)
        rounds = await ctx.store.get("round") + 1
        await ctx.store.set("round", rounds)
        await ctx.store.set("text", text)
        return DraftReadyEvent(draft=text, round=rounds)
