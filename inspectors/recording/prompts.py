"""The open prompts of one run: found as they are asked, tied to their waiters, closed by their answers."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from workflows.events import Event, HumanResponseEvent, InputRequiredEvent
from workflows.runtime.types.results import AddWaiter

from inspectors.recording.event_types import describe_type
from inspectors.recording.values import PROMPT_KEY, PROMPT_LIMIT, fields_of, preview
from inspectors.recording.waiters import with_private_requirement
from inspectors.store.records import NewPrompt

COMMON_WORDS = frozenset(
    "event input required human response answer question request reply ask asks needed prompt person user".split()
)
TEXT_FIELDS = ("prefix", "prompt", "question", "message", "text", "title")


@dataclass
class OpenPrompt:
    """A prompt that waits. `requirements`: whether the author's waiter had requirements of its own."""

    prompt_id: str
    waiter_id: str | None
    requirements: bool
    answer: type[Event] | None
    answer_name: str


class PromptBook:
    """Open prompts by id. `known` is the snapshot of an earlier session."""

    def __init__(self, run_id: str, known: dict[str, Any]) -> None:
        self._run_id = run_id
        self._count: int = known.get("count", 0)
        self._open: dict[str, OpenPrompt] = {
            item["prompt_id"]: OpenPrompt(
                item["prompt_id"], item["waiter_id"], item["requirements"], None, item["answer_name"]
            )
            for item in known.get("open", [])
        }
        self._tied: dict[str, str] = {item.waiter_id: item.prompt_id for item in self._open.values() if item.waiter_id}
        self._closed: dict[str, str] = {
            item["waiter_id"]: item["prompt_id"] for item in known.get("closed", []) if not item["requirements"]
        }
        """Answered prompts by waiter, as the rows of a run that was resumed from its journal tell them."""
        self._streamed: dict[str, list[str]] = {item: list(ids) for item, ids in known.get("streamed", {}).items()}
        """Prompts that a piece of work has written to the stream, by its work item, in order."""
        self._late: set[str] = set()
        """Waiters that were asked for once the run was idle, since their type is no person's answer."""
        self._answers: dict[int, tuple[Event, str, dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ids(self) -> list[str]:
        """Ids of open prompts, oldest first."""
        return list(self._open)

    def tie(self, waiter: AddWaiter[Any], work_item: str | None, asked: int) -> AddWaiter[Any]:
        """Tie a waiter for a person's answer to a prompt id, so that only this prompt's answer wakes it.

        `asked`: how many questions the step had written to the stream when it began to wait.
        """
        if not _asks_a_person(waiter):
            return waiter
        prompt_id = self._tied.get(waiter.waiter_id)
        if prompt_id is None:
            prompt_id = self._tied[waiter.waiter_id] = self._asked_before(waiter, work_item, asked) or self._new_id()
        return with_private_requirement(waiter, prompt_id)

    def tie_late(self, waiter: AddWaiter[Any], work_item: str) -> AddWaiter[Any]:
        """Tie a waiter that is registered already, though its type is no person's answer."""
        asked = self.streamed_by(work_item)
        prompt_id = self._tied[waiter.waiter_id] = self._asked_before(waiter, work_item, asked) or self._new_id()
        self._late.add(waiter.waiter_id)
        return with_private_requirement(waiter, prompt_id)

    def _asked_before(self, waiter: AddWaiter[Any], work_item: str | None, asked: int) -> str | None:
        """The question that the same piece of work wrote to the stream before it waited, as many examples do."""
        streamed = self._streamed.get(work_item or "", [])
        if waiter.waiter_event is not None or not 0 < asked <= len(streamed):
            return None
        last = streamed[asked - 1]
        return last if last in self._open and last not in self._tied.values() else None

    def adopt(self, waiter: AddWaiter[Any], step: str) -> tuple[str, dict[str, Any]] | None:
        """A question from the stream belongs to this waiter from now on: its id, and what changes in its row.

        None if the waiter's prompt is its own already.
        """
        prompt = self.of_waiter(waiter.waiter_id)
        if prompt is None or prompt.waiter_id is not None:
            return None
        prompt.waiter_id, prompt.answer = waiter.waiter_id, waiter.event_type
        prompt.requirements, prompt.answer_name = _has_own(waiter), waiter.event_type.__qualname__
        return prompt.prompt_id, {
            "waiter_id": waiter.waiter_id,
            "answer": json.dumps(_answer_of(waiter, step)),
            "deadline": _deadline(waiter),
        }

    def note_streamed(self, work_item: str, prompt_id: str) -> None:
        """A piece of work has written this question to the stream."""
        self._streamed.setdefault(work_item, []).append(prompt_id)

    def streamed_by(self, work_item: str) -> int:
        """How many questions a piece of work has written to the stream, without those of its body run again."""
        return len(self._streamed.get(work_item, ()))

    def forget_work_item(self, work_item: str) -> None:
        """Its work is done."""
        self._streamed.pop(work_item, None)

    def knows(self, waiter_id: str) -> bool:
        """Whether a waiter has a prompt."""
        return waiter_id in self._tied

    @property
    def others_may_send(self) -> bool:
        """Whether a prompt is open for an event that is no answer by its type: code may send it, too."""
        return any(item.waiter_id in self._late for item in self._open.values())

    def _new_id(self) -> str:
        self._count += 1
        return f"{self._run_id}-{self._count}"

    def is_new(self, waiter: AddWaiter[Any]) -> bool:
        """Whether this waiter asks a person something that isn't asked already."""
        prompt_id = self._tied.get(waiter.waiter_id)
        return prompt_id is not None and prompt_id not in self._open

    def open(
        self,
        step: str,
        event: Event | None,
        waiter: AddWaiter[Any] | None,
        seq: int,
        answers: list[tuple[type[Event], list[str]]],
    ) -> tuple[OpenPrompt, NewPrompt]:
        """A new open prompt, and the row to keep of it. `answers`: types a person can send, and who takes them."""
        if waiter is not None:
            prompt_id, answer, told = self._tied[waiter.waiter_id], waiter.event_type, _answer_of(waiter, step)
        else:
            prompt_id = self._new_id()
            (answer, steps), *others = by_likeness(event, answers) or [(HumanResponseEvent, [])]
            told = {**describe_type(answer), "steps": steps, "requirements": {}}
            if others:
                told["others"] = [{**describe_type(one), "steps": takers} for one, takers in others]
        waiter_id = waiter.waiter_id if waiter is not None else None
        prompt = OpenPrompt(prompt_id, waiter_id, _has_own(waiter), answer, answer.__qualname__)
        self._open[prompt_id] = prompt
        fields = fields_of(event) or {} if event is not None else {}
        row = NewPrompt(
            prompt_id=prompt_id,
            seq=seq,
            event_type=type(event).__qualname__ if event is not None else "",
            step=step,
            text=_text(fields, answer),
            fields=preview(fields, PROMPT_LIMIT),
            waiter_id=waiter_id,
            answer=told,
            deadline=_deadline(waiter),
        )
        return prompt, row

    def answer_event(
        self, prompt_id: str, values: dict[str, Any], cls: type[Event], who: dict[str, Any] | None = None
    ) -> Event:
        """The event to send for an answer of `who`. Raises pydantic's ValidationError if the values don't fit."""
        prompt = self._open[prompt_id]
        extra = {PROMPT_KEY: prompt_id} if prompt.waiter_id is not None else {}
        event = cls(**values, **extra)
        self._answers[id(event)] = (event, prompt_id, who or {})
        return event

    def of_answer(self, event: Event) -> tuple[OpenPrompt, dict[str, Any]] | None:
        """The prompt that this event answers and who gave it, if it was made by `answer_event`."""
        found = self._answers.pop(id(event), None)
        prompt = self._open.get(found[1]) if found is not None else None
        return (prompt, found[2]) if found is not None and prompt is not None else None

    def of_waiter(self, waiter_id: str) -> OpenPrompt | None:
        """The open prompt of a waiter."""
        prompt_id = self._tied.get(waiter_id)
        return self._open.get(prompt_id) if prompt_id is not None else None

    def get(self, prompt_id: str) -> OpenPrompt | None:
        """An open prompt that no answer is on its way to."""
        if any(prompt_id == answered for _, answered, _ in self._answers.values()):
            return None
        return self._open.get(prompt_id)

    def closed_by_outside(self, cls: type[Event]) -> list[OpenPrompt]:
        """The prompt that an answer sent by other code closes: the oldest without a waiter that takes this type."""
        return [
            item for item in self._open.values() if item.waiter_id is None and item.answer_name == cls.__qualname__
        ][:1]

    def close(self, prompt_id: str) -> None:
        """The prompt has its answer."""
        prompt = self._open.pop(prompt_id, None)
        if prompt is not None and prompt.waiter_id is not None:
            self._tied.pop(prompt.waiter_id, None)

    def refillable(self) -> dict[str, str]:
        """Waiter id -> prompt id where the private requirement was the waiter's only one."""
        waiting = {
            item.waiter_id: item.prompt_id for item in self._open.values() if item.waiter_id and not item.requirements
        }
        return {**self._closed, **waiting}

    def snapshot(self) -> dict[str, Any]:
        """What the next session must know."""
        return {
            "count": self._count,
            "open": [
                {
                    "prompt_id": item.prompt_id,
                    "waiter_id": item.waiter_id,
                    "requirements": item.requirements,
                    "answer_name": item.answer_name,
                }
                for item in self._open.values()
            ],
            "streamed": self._streamed,
        }


def by_likeness(
    prompt: Event | None, answers: list[tuple[type[Event], list[str]]]
) -> list[tuple[type[Event], list[str]]]:
    """Types of answers, the one first whose name has most in common with the prompt's; nothing else ties them."""
    asked = _name_words(type(prompt).__name__) if prompt is not None else set()
    return sorted(answers, key=lambda item: -len(asked & _name_words(item[0].__name__)))


def _name_words(name: str) -> set[str]:
    """The words of a class name that say what it is about: BudgetAnswerEvent is about a budget."""
    return {word.lower() for word in re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])", name)} - COMMON_WORDS


def _asks_a_person(waiter: AddWaiter[Any]) -> bool:
    return isinstance(waiter.waiter_event, InputRequiredEvent) or issubclass(waiter.event_type, HumanResponseEvent)


def _has_own(waiter: AddWaiter[Any] | None) -> bool:
    """Whether there is a waiter, with requirements that its author has given it."""
    return waiter is not None and bool(set(waiter.requirements) - {PROMPT_KEY})


def _answer_of(waiter: AddWaiter[Any], step: str) -> dict[str, Any]:
    return {**describe_type(waiter.event_type), "steps": [step], "requirements": _plain(waiter.requirements)}


def _deadline(waiter: AddWaiter[Any] | None) -> float | None:
    return time.time() + waiter.timeout if waiter is not None and waiter.timeout is not None else None


def _text(fields: dict[str, Any], answer: type[Event]) -> str:
    """The question: the first field that is named like one, else the shortest text, else what is waited for."""
    for name in TEXT_FIELDS:
        value = fields.get(name)
        if isinstance(value, str) and 0 < len(value) <= 500:
            return value.strip()
    texts = [value for value in fields.values() if isinstance(value, str) and 0 < len(value) <= 200]
    return min(texts, key=len).strip() if texts else f"Waiting for {_in_words(answer.__name__)}"


def _in_words(name: str) -> str:
    """What is waited for as people say it: a reviewer knows no class names."""
    if name == HumanResponseEvent.__name__:
        return "an answer"
    words = [word.lower() for word in re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])|[a-z0-9]+", name)]
    return " ".join(word for word in words if word != "event") or name


def _plain(requirements: dict[str, Any]) -> dict[str, Any]:
    """The author's own requirements as far as they are plain data: an answer must carry them to be taken."""
    return {
        name: value
        for name, value in requirements.items()
        if name != PROMPT_KEY and (value is None or isinstance(value, (str, int, float, bool)))
    }
