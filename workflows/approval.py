"""Writes a draft and asks a person to approve it.

The smallest workflow with a person in it. A step that returns an ``InputRequiredEvent`` pauses the run:
nothing more happens until somebody sends a ``HumanResponseEvent``, a second or a week later. The answer is
one word in ``response``, so the person can judge the draft but not change it; ``draft_review.py`` shows how
to take edits back.
"""

import asyncio
from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


async def generate_with_llm(topic: str) -> str:
    """Write three paragraphs about `topic`, where a language model would be asked. Needs no network."""
    await asyncio.sleep(0.3)
    return (
        f"{topic}: what to know before you decide\n\n"
        f"Much is written about {topic}, and little of it says who has to do what. This note keeps to three "
        "questions: what changes, whom it touches, and what can be done this month.\n\n"
        f"What changes is mostly paperwork. Whoever deals with {topic} will have to write down what runs "
        "where, who answers for it, and since when. Teams that keep such a list already notice little.\n\n"
        "Whom it touches is the harder part. Customers notice first, support second, and the people who "
        f"decide about {topic} last. Start there: name one person, give them a week, read the list together."
    )


class ApprovalWorkflow(Workflow):
    """Writes a draft and asks a person to approve it.

    The run stops after `generate_draft` and waits. Answer APPROVE and it ends with "Draft approved."; any
    other answer counts as a wish for a revision.
    """

    example_input: ClassVar[dict[str, Any]] = {"topic": "AI regulation"}

    def __init__(self, **kwargs: Any) -> None:
        """Allow five minutes in all where the engine would allow 45 seconds: people need longer than code."""
        kwargs.setdefault("timeout", 300)
        super().__init__(**kwargs)

    @step
    async def generate_draft(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        """Write the draft, then pause the run and show it to a person."""
        draft = await generate_with_llm(ev.topic)
        return InputRequiredEvent(
            prefix="Please review this draft and reply APPROVE or REVISE:",
            payload=draft,
        )

    @step
    async def handle_review(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        """Take the person's word and end the run."""
        if ev.response.strip().upper() == "APPROVE":
            return StopEvent(result="Draft approved.")
        return StopEvent(result="Draft sent for revision.")
