"""Workflows whose constructors take arguments, for the tests of runners. Imported by runners only."""

from __future__ import annotations

import datetime
import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

if TYPE_CHECKING:
    from vectors import VectorStoreIndex


class Mode(enum.Enum):
    """How thoroughly."""

    FAST = "fast"
    THOROUGH = "thorough"


class Settings(BaseModel):
    """A model of the user's own."""

    depth: int = 1


class Typed(Workflow):
    """Says what its constructor got."""

    def __init__(
        self,
        folder: Path,
        mode: Mode = Mode.FAST,
        since: datetime.date | None = None,
        settings: Settings | None = None,
        top_k: Annotated[int, Field(ge=1)] = 3,
        *,
        api_key: str = "",
        llm: VectorStoreIndex | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if top_k > 90:
            raise ValueError("top_k must leave something out")
        self.got = [folder, mode, since, settings, top_k]

    @step
    async def tell(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=[repr(value) for value in self.got])


class Counts(Workflow):
    """Counts its runs on `self`: one count per instance."""

    def __init__(self, name: str = "a", timeout: float = 20, **kwargs: Any) -> None:
        super().__init__(timeout=timeout, **kwargs)
        self.runs = 0

    @step
    async def count(self, ev: StartEvent) -> StopEvent:
        self.runs += 1
        return StopEvent(result=[self.runs, self._timeout])


class Index:
    """What no form can give."""

    def __init__(self, words: list[str]) -> None:
        self.words = words


class Built(Workflow):
    """Made by a function with a parameter of its own."""

    def __init__(self, index: Index) -> None:
        super().__init__(timeout=20)
        self.index = index

    @step
    async def look(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=[self.index.words, self._timeout])


def build_built(words: list[str] | None = None) -> Built:
    """Make one."""
    return Built(Index(words or ["none"]))


class Ready(Workflow):
    """Made on module level, printing each step."""

    def __init__(self, index: Index) -> None:
        super().__init__(timeout=20, verbose=True)
        self.index = index

    @step
    async def look(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=[self.index.words, self._timeout])


ready = Ready(Index(["ready"]))


class Impossible(Workflow):
    """Nothing can make it."""

    def __init__(self, index: Index, top_k: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    @step
    async def look(self, ev: StartEvent) -> StopEvent:
        return StopEvent()


class Forgets(Workflow):
    """Doesn't call the engine's constructor."""

    def __init__(self) -> None:
        self.ready = True

    @step
    async def look(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
