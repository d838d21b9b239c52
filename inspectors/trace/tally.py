"""The columns that a run's summary needs, gathered record by record: some 40 bytes an invocation."""

from __future__ import annotations

from array import array
from math import nan
from typing import TYPE_CHECKING, Any

from inspectors.trace.tables import event_types_frame, outcome_of, plain, steps_frame

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]

RUNS_AGAIN = ("waiting", "retried", "again")
"""Outcomes after which the same events are taken once more."""


class Names:
    """Numbers for names that come again and again."""

    def __init__(self, *known: str) -> None:
        self.all = list(known)
        self._numbers = {name: number for number, name in enumerate(known)}

    def number(self, name: str) -> int:
        """The number of a name."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self.all)
            self.all.append(name)
        return found


class Tally:
    """Folds records, in order of seq, into what `steps_frame` and `event_types_frame` sum up."""

    def __init__(self) -> None:
        self.seq = 0
        self._steps, self._outcomes, self._types = Names(), Names("running", "unfinished"), Names()
        self._step, self._outcome = array("L"), array("B")
        self._took, self._queue = array("d"), array("d")
        self._taken, self._waited = array("L"), array("d")
        self._open: dict[str, tuple[int, dict[str, int]]] = {}
        """Where in the columns the invocations are that have not ended, and what they took."""
        self._events: dict[int, list[int]] = {}
        """How many events of a type there were, and how many were written to the stream."""

    def add(self, record: Record) -> None:
        """Fold the next record."""
        self.seq = record["upto"] if "upto" in record else record["seq"]
        kind = record["kind"]
        if kind == "event":
            self._event(record)
        elif kind == "invocation_started":
            at = self._new(record["step"], record.get("queue_ms"))
            self._open[record["invocation"]] = at, record.get("takes") or {}
        elif kind == "invocation_ended":
            begun = self._open.pop(record["invocation"], None)
            at, takes = begun if begun is not None else (self._new(record["step"], None), {})
            self._ended(at, takes, outcome_of(record), record.get("took_ms"))
        elif kind in ("run_ended", "resumed"):
            for at, takes in self._open.values():
                self._ended(at, takes if kind == "run_ended" else {}, "unfinished", None)
            self._open.clear()

    def _new(self, step: str, queue_ms: float | None) -> int:
        self._step.append(self._steps.number(step))
        self._outcome.append(0)
        self._took.append(nan)
        self._queue.append(nan if queue_ms is None else queue_ms)
        return len(self._step) - 1

    def _ended(self, at: int, takes: dict[str, int], outcome: str, took_ms: float | None) -> None:
        self._outcome[at] = self._outcomes.number(outcome)
        self._took[at] = nan if took_ms is None else took_ms
        if outcome in RUNS_AGAIN:
            return  # what it took is taken once, by the last of them
        for name, number in takes.items():
            code = self._types.number(name)
            for _ in range(number):
                self._taken.append(code)
                self._waited.append(self._queue[at])

    def _event(self, record: Record) -> None:
        counts = self._events.setdefault(self._types.number(record["type"]), [0, 0])
        counts[0] += 1
        counts[1] += record.get("via") == "streamed"

    # -- what comes of it -------------------------------------------------------------------------------

    def columns(self) -> Tally:
        """A copy of the columns as they are now, to be summed up while records go on being added."""
        copied = Tally.__new__(Tally)
        copied.__dict__.update(self.__dict__)
        for name in ("_step", "_outcome", "_took", "_queue", "_taken", "_waited"):
            setattr(copied, name, getattr(self, name)[:])
        for name in ("_steps", "_outcomes", "_types"):
            setattr(copied, name, Names(*getattr(self, name).all))
        copied._events = {code: list(counts) for code, counts in self._events.items()}
        return copied

    def steps(self) -> pd.DataFrame:
        """A row a step: `tables.steps_frame`."""
        import pandas as pd

        columns = {
            "step": _named(self._step, self._steps),
            "outcome": _named(self._outcome, self._outcomes),
            "took_ms": _numbers(self._took),
            "queue_ms": _numbers(self._queue),
        }
        return steps_frame(pd.DataFrame(columns))

    def event_types(self) -> pd.DataFrame:
        """A row an event type: `tables.event_types_frame`."""
        import pandas as pd

        counted = [(self._types.all[code], events, streamed) for code, (events, streamed) in self._events.items()]
        counts = pd.DataFrame(counted, columns=["type", "events", "streamed"])
        taken = pd.DataFrame({"type": _named(self._taken, self._types), "queue_ms": _numbers(self._waited)})
        return event_types_frame(counts, taken)

    def json(self) -> dict[str, Any]:
        """{"upto", "steps", "events"}: both summaries as JSON data."""
        return {"upto": self.seq, "steps": plain(self.steps()), "events": plain(self.event_types())}


def _named(codes: array[int], names: Names) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(_numbers(codes), categories=pd.Index(names.all, dtype=str))


def _numbers(column: array[Any]) -> Any:
    import numpy as np

    # A copy: an array can't grow while something looks into it.
    return np.frombuffer(column, dtype=column.typecode).copy() if column else np.array([], dtype=column.typecode)
