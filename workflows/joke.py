"""Tells a joke about a topic and says how it works: two steps, one event between them.

Unchanged from older tutorials but for the imports. The model is a class attribute, so all runs share it. Offline it
knows few jokes; with a key and the OpenAI package it knows many (see ``offline_models.py``).
"""

from typing import Any, ClassVar

from llama_index.core.llms import LLM
from offline_models import language_model
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class JokeEvent(Event):
    """Event carrying the generated joke."""

    joke: str


class JokeFlow(Workflow):
    """Tells a joke about your topic, then says how it works."""

    example_input: ClassVar[dict[str, Any]] = {"topic": "pirates"}
    llm: ClassVar[LLM] = language_model()

    @step
    async def generate_joke(self, ev: StartEvent) -> JokeEvent:
        """Generate a joke about the given topic."""
        response = await self.llm.acomplete(f"Write your best joke about {ev.topic}.")
        return JokeEvent(joke=str(response))

    @step
    async def critique_joke(self, ev: JokeEvent) -> StopEvent:
        """Analyze and critique the joke, and give both."""
        response = await self.llm.acomplete(f"Give a brief analysis of this joke: {ev.joke}")
        return StopEvent(result=f"{ev.joke}\n\n{response}")
