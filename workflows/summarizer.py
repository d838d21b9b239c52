"""Takes the key points out of a text and makes a summary of them: the exercise of older tutorials, solved.

Two calls of a model, one event between them. `KeyPointsEvent` carries a list, so that a trace shows what the first call
found before the second one shortens it.
"""

from typing import Any, ClassVar

from llama_index.core.llms import LLM
from offline_models import language_model
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class KeyPointsEvent(Event):
    """Event carrying extracted key points."""

    text: str
    points: list[str]


class SummarizerWorkflow(Workflow):
    """Extracts key points from a text, then summarizes them."""

    example_input: ClassVar[dict[str, Any]] = {
        "text": (
            "Artificial intelligence has transformed many industries. Machine learning enables computers to learn from "
            "data. Deep learning uses neural networks with many layers. Natural language processing helps computers "
            "understand text. AI applications include chatbots, recommendation systems, and autonomous vehicles."
        )
    }
    llm: ClassVar[LLM] = language_model()

    @step
    async def extract_points(self, ev: StartEvent) -> KeyPointsEvent:
        """Extract key points from text."""
        prompt = (
            "Extract 3-5 key points from this text.\nReturn each point on a new line.\n\n"
            f"Text: {ev.text}\n\nKey points:"
        )
        response = await self.llm.acomplete(prompt)
        points = [point.strip() for point in str(response).split("\n") if point.strip()]
        return KeyPointsEvent(text=ev.text, points=points)

    @step
    async def summarize(self, ev: KeyPointsEvent) -> StopEvent:
        """Create summary from key points."""
        listed = "\n".join(f"- {point}" for point in ev.points)
        prompt = f"Create a concise summary based on these key points:\n\n{listed}\n\nSummary:"
        return StopEvent(result=str(await self.llm.acomplete(prompt)))
