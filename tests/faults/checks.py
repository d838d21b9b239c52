"""What must hold of a run after its processes were killed. Each check is a function of what was found, and gives
sentences that say what is wrong: none, if all is right.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspectors.store import Run
from inspectors.trace.engine_state import EngineState
from tests.faults.truth import KEPT, Deed, Record, Told, Work, told

AT_ONCE = ("begun", "streamed")
"""Deeds whose record is made in the moment they are done: what is missing of them was not committed in time."""
TAKEN = ("ended",)
"""The engine takes what a step gave when its loop comes to it, later where it is busy; then the record is made."""


@dataclass(frozen=True)
class Kill:
    """A process was killed at `t` (epoch seconds)."""

    t: float
    what: str
    """runner | server | both"""

    @property
    def runner_died(self) -> bool:
        """Whether what was not committed is lost."""
        return self.what != "server"


def record_gaps(records: Sequence[Record]) -> list[str]:
    """Every record once, and none missing."""
    seqs = [record["seq"] for record in records]
    wanted = list(range(1, len(seqs) + 1))
    if seqs == wanted:
        return []
    missing = sorted(set(wanted) - set(seqs))
    twice = sorted(seq for seq, count in Counter(seqs).items() if count > 1)
    return [f"Records aren't 1 to {len(seqs)}: missing {missing[:5]}, twice {twice[:5]}, last {seqs[-1]}."]


def events_twice(records: Iterable[Record]) -> list[str]:
    """Each event has one record, whose key no other has."""
    keys = Counter(record["key"] for record in records if record["kind"] == "event")
    twice = [key for key, count in keys.items() if count > 1]
    return [f"Events recorded twice: {twice[:5]}."] if twice else []


def windows(kills: Sequence[Kill]) -> list[tuple[float, float]]:
    """From one death of a runner to the next: what was not committed by then is lost, and is no one's after it."""
    deaths = [kill.t for kill in kills if kill.runner_died]
    return list(zip([0.0, *deaths], [*deaths, float("inf")], strict=True))


def unrecorded(deeds: Iterable[Deed], records: Iterable[Told], since: float, until: float) -> list[Deed]:
    """What was done in (since, until] and no record tells, oldest first."""
    known = Counter((item.what, item.work) for item in records if since < item.t <= until)
    left = []
    for deed in deeds:
        if since < deed.t <= until:
            if known[deed.what, deed.work] > 0:
                known[deed.what, deed.work] -= 1
            else:
                left.append(deed)
    return left


def lost_ms(
    deeds: Sequence[Deed], records: Sequence[Record], kills: Sequence[Kill], what: Sequence[str] = AT_ONCE
) -> list[float]:
    """For each death of a runner, how old the oldest thing was that had been done and is not recorded; 0 if all is."""
    known = told(records)
    ages = []
    for since, until in windows(kills)[:-1]:
        gone = [deed for deed in unrecorded(deeds, known, since, until) if deed.what in what]
        ages.append((until - gone[0].t) * 1000 if gone else 0.0)
    return ages


def never_recorded(deeds: Sequence[Deed], records: Sequence[Record], kills: Sequence[Kill]) -> list[str]:
    """What was done since the last death of a runner must all be recorded: nobody was killed over it."""
    since, until = windows(kills)[-1]
    gone = unrecorded(deeds, told(records), since, until)
    return [f"{len(gone)} things were done and never recorded, first {gone[0]}."] if gone else []


def invented(deeds: Sequence[Deed], records: Sequence[Record], kills: Sequence[Kill] = ()) -> list[str]:
    """No record tells of what was not done."""
    done = Counter((deed.what, deed.work) for deed in deeds)
    known = told(records)
    more = Counter((item.what, item.work) for item in known) - done
    # A step's start is committed before its first line runs: a kill may come between the two.
    over = {item.invocation for item in known if item.what in ("ended", "broken")}
    deaths = [kill.t for kill in kills if kill.runner_died]
    more -= Counter(
        (item.what, item.work)
        for item in known
        if item.what == "begun" and item.invocation not in over and any(item.t <= death for death in deaths)
    )
    # What the engine breaks off may be recorded without the step's having felt it.
    more = Counter({key: count for key, count in more.items() if key[0] != "broken"})
    return [f"Recorded, and never done: {list(more)[:3]}."] if more else []


@dataclass(frozen=True)
class Again:
    """Work that was begun more than once."""

    in_flight: list[Work]
    """It had begun when its process died and its end was not committed: as it must be."""
    wrongly: list[Work]
    """Its end was committed before."""
    missing: list[Work]
    """It had begun, its end was not committed, and nobody began it again."""


def again(deeds: Sequence[Deed], records: Sequence[Record], kills: Sequence[Kill]) -> Again:
    """What ran more than once because of kills. For a run that has ended well."""
    known = told(records)
    in_flight, wrongly, missing = [], [], []
    for kill in kills:
        finished = {item.work for item in known if item.what == "ended" and item.outcome in KEPT and item.t <= kill.t}
        begun = {deed.work for deed in deeds if deed.what == "begun" and deed.t <= kill.t}
        after = [deed.work for deed in deeds if deed.what == "begun" and deed.t > kill.t]
        wrongly += [work for work in after if work in finished]
        if kill.runner_died:
            in_flight += sorted(begun.intersection(after) - finished, key=str)
            missing += sorted(begun - finished - set(after), key=str)
        else:
            wrongly += sorted(_begun_twice(deeds, known, kill), key=str)
    return Again(in_flight, wrongly, missing)


def _begun_twice(deeds: Sequence[Deed], known: Sequence[Told], kill: Kill) -> set[Work]:
    """Work that was going on in a runner while its server died, and was begun again although nobody had killed it."""
    discarded = {item.work for item in known if item.what == "ended" and item.outcome not in KEPT}
    going = {deed.work for deed in deeds if deed.what == "begun" and deed.t <= kill.t} - {
        deed.work for deed in deeds if deed.what == "ended" and deed.t <= kill.t
    }
    return {deed.work for deed in deeds if deed.what == "begun" and deed.t > kill.t} & going - discarded


def fold_faults(records: Sequence[Record], every: int = 1) -> list[str]:
    """The engine's state can be told at each record, agrees with what records say of steps, and is empty in the end."""
    state, busy = EngineState(), set[str]()
    for record in records:
        try:
            state.apply(record)
            shown = state.json() if record["seq"] % every == 0 else None
        except Exception as error:  # what a fold may raise is what is looked for
            return [f"The engine's state at record {record['seq']} can't be told: {type(error).__name__}: {error}"]
        if record["kind"] == "run_started":
            busy.clear()
        elif record["kind"] == "invocation_started":
            busy.add(record["invocation"])
        elif record["kind"] == "invocation_ended":
            busy.discard(record["invocation"])
        if shown is not None and record["kind"] == "invocation_started":
            entries = {entry["invocation"] for step in shown["steps"].values() for entry in step["busy"]}
            if not busy <= entries:
                return [f"At record {record['seq']} {sorted(busy - entries)} should be busy, and aren't in the state."]
    if not state.known:
        return ["The engine's state is not known in the end."]
    queued = {name: len(step["queue"]) for name, step in state.steps.items() if step["queue"]}
    return [f"Something is queued in the end: {queued}."] if queued else []


def leftovers(database: Path, run: Run, records: Sequence[Record]) -> list[str]:
    """The rows of a run that is done: nothing kept that only going on would need, nothing open."""
    wrong = []
    if (run.status, run.loaded, run.error) != ("done", False, None) or run.ended_at is None:
        wrong.append(f"The run's row says {run.status}, loaded {run.loaded}, error {run.error}.")
    if run.last_seq != len(records):
        wrong.append(f"The run's row says {run.last_seq} records, and there are {len(records)}.")
    if run.waiting_since is not None or run.active_since is not None:
        wrong.append("A clock of the run goes on though it is done.")
    connection = sqlite3.connect(database)
    try:
        for table in ("journal", "checkpoint"):
            query = f"SELECT count(*) FROM {table} JOIN run USING (run_key) WHERE run_id = ?"
            if count := connection.execute(query, (run.run_id,)).fetchone()[0]:
                wrong.append(f"{count} rows of {table} are left.")
        query = "SELECT count(*) FROM prompt JOIN run USING (run_key) WHERE run_id = ? AND prompt.status = 'open'"
        if connection.execute(query, (run.run_id,)).fetchone()[0]:
            wrong.append("A request is still open.")
        blocks = connection.execute(
            "SELECT b.first_seq, b.last_seq FROM block b JOIN run USING (run_key) WHERE run_id = ? ORDER BY 1",
            (run.run_id,),
        ).fetchall()
    finally:
        connection.close()
    ends = [0, *(last for _, last in blocks)]
    if any(first != before + 1 for (first, _), before in zip(blocks, ends, strict=False)):
        wrong.append("Blocks of records overlap, or leave something out.")
    return wrong
