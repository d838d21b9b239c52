"""What is unusual about a run just now, in a sentence or two: for the head of its page.

Names of steps and ids of runs stand in `backticks`; the page shows them as code.
"""

from __future__ import annotations

from collections.abc import Iterable

from inspectors.runner.endings import GRACE_SECONDS
from inspectors.runner.holdups import HoldUp, hold_up_of
from inspectors.runner.memory import size_text
from inspectors.runner.resuming import why_not
from inspectors.runner.vitals import SILENT_AFTER
from inspectors.store import Run, RunnerRow, Store
from inspectors.trace.overlay import Overlay
from inspectors.trace.words import plural

POLITE_SECONDS = 1.0
"""How long a cancelled run may take before it is said not to react."""
MANY_RUNS = 4
"""Siblings that are named; more are counted."""


def notice(store: Store, run: Run, overlay: Overlay, now: float) -> str | None:
    """The notice of a run; None if there is nothing to say."""
    if run.ended:
        return None
    runner = store.runner(run.runner_id) if run.runner_id and run.loaded else None
    if run.cancel_asked_at is not None:
        return _cancelling(store, run, runner, overlay, now)
    held = _held_up(runner, run, overlay, now)
    if held is not None:
        return _hold_up_words(store, run, held, overlay, now)
    if runner is not None and runner.memory and runner.memory_limit:
        used = f"{size_text(runner.memory)} of the {size_text(runner.memory_limit)} that it may use"
        return f"Its runner holds {used}. With more than that it is ended."
    if overlay.stalled and run.status == "running":
        return "Nothing is running, queued or waited for. Only the time limit can end this run."
    return None


# -- what holds it up -------------------------------------------------------------------------------


def _held_up(runner: RunnerRow | None, run: Run, overlay: Overlay, now: float) -> HoldUp | None:
    """What holds up the runner of a run that would go on."""
    if run.status == "waiting" or runner is None:
        return None
    if runner.is_program:  # it keeps no row of what holds it up, but may have recorded it
        blocked = overlay.blocked
        if blocked is None:
            return None
        kind = "engine" if blocked.get("step") is None else "step"
        since = float(blocked.get("since", blocked["t"]))
        return HoldUp(kind, since, run.run_id, blocked.get("step"), queued=int(blocked.get("queued") or 0))
    held = hold_up_of(runner.holdup)
    if held is not None:
        return held
    if runner.status == "ready" and runner.heartbeat and now - runner.heartbeat > 2 * SILENT_AFTER:
        return HoldUp("silent", runner.heartbeat)
    return None


def _hold_up_words(store: Store, run: Run, held: HoldUp, overlay: Overlay, now: float) -> str:
    seconds = f"{max(0.0, now - held.since):.0f} s"
    if held.run is not None and held.run != run.run_id:
        return f"This run waits: {_other_words(held, seconds)}"
    place = f" (at {held.place})" if held.place else ""
    waiting = _waiting_words(store, run)
    if held.kind == "engine":
        return (
            f"The engine itself is busy, for {seconds} now: {plural(held.queued, 'event waits', 'events wait')}. Wide "
            f"fan-outs take it quadratically longer. It goes on by itself.{waiting}"
        )
    if held.kind == "stopped":
        return f"The process of its runner has been stopped from outside for {seconds}, by a signal or a debugger."
    what = f"Step `{held.step}`" if held.step else _working_words(overlay)
    if held.kind == "lock":
        return (
            f"{what} has blocked its whole runner for {seconds}{place}: it doesn’t let go of the Python interpreter, "
            f"as a long regular expression does.{waiting}"
        )
    if held.kind == "silent":
        return f"Its runner has not answered for {seconds}.{waiting}"
    return f"{what} has blocked the event loop for {seconds}{place}.{waiting}"


def _other_words(held: HoldUp, seconds: str) -> str:
    whose = f"of run `{held.run}` in the same runner"
    if held.kind == "engine":
        return f"the engine is busy with {plural(held.queued, 'event')} {whose}, for {seconds} now."
    return f"step `{held.step}` {whose} has blocked it for {seconds}."


def _working_words(overlay: Overlay) -> str:
    """Whose code it may be, where the stack doesn't tell."""
    steps = [step for step, counts in overlay.steps.items() if counts.active]
    if len(steps) == 1:
        return f"Step `{steps[0]}`"
    return f"One of the steps {_listed(steps)}" if steps else "Code in its runner"


def _waiting_words(store: Store, run: Run) -> str:
    """Who waits as well."""
    others = [other.run_id for other in _siblings(store, run) if other.status != "waiting"]
    if not others:
        return ""
    if len(others) > MANY_RUNS:
        return f" {plural(len(others), 'other run')} in this runner wait too."
    return f" Run{'s' if len(others) > 1 else ''} {_listed(others)} in this runner wait{'s' * (len(others) == 1)} too."


# -- cancelling -------------------------------------------------------------------------------------


def _cancelling(store: Store, run: Run, runner: RunnerRow | None, overlay: Overlay, now: float) -> str:
    assert run.cancel_asked_at is not None
    if run.held_by_program:
        program = run.options.get("program") or "its program"
        return f"Cancelling. {program} was asked; a step that doesn’t react is not ended from here."
    asked = max(0.0, now - run.cancel_asked_at)
    if asked < POLITE_SECONDS or runner is None:
        return "Cancelling."
    steps = [step for step, counts in overlay.steps.items() if counts.active]
    who = f"{_listed(steps)} {'doesn’t' if len(steps) == 1 else 'don’t'} react" if steps else "It doesn’t react"
    left = GRACE_SECONDS - asked
    if left <= 0 or runner.ending is not None:
        return f"{who}. Its runner is being ended.{_with_it(store, run)}"
    return f"{who}. Its runner will be ended in {left:.0f} s{_with_it(store, run)}"


def _with_it(store: Store, run: Run) -> str:
    """What becomes of the other runs of the runner."""
    others = _siblings(store, run)
    if not others:
        return "."
    if len(others) > MANY_RUNS:
        again = sum(1 for other in others if _goes_on(store, other))
        return f"; with it {plural(len(others), 'other run')}, of which {again} are taken up again by themselves."
    fates = [f"`{other.run_id}` ({_fate(store, other)})" for other in others]
    return f"; with it: run{'s' if len(others) > 1 else ''} {', '.join(fates)}."


def _fate(store: Store, run: Run) -> str:
    if run.status == "waiting" and _goes_on(store, run) and store.checkpoint(run.run_id) is not None:
        return "goes on waiting"
    return "taken up again" if _goes_on(store, run) else "interrupted"


def _goes_on(store: Store, run: Run) -> bool:
    return not why_not(store, run)


def _siblings(store: Store, run: Run) -> list[Run]:
    """The other runs that its runner has loaded, but for those that its own steps have started."""
    family = {run.run_id}
    found = []
    for other in store.live_runs():
        if other.parent_run in family:
            family.add(other.run_id)
        elif other.loaded and other.runner_id == run.runner_id and other.run_id != run.run_id:
            found.append(other)
    return found


def _listed(names: Iterable[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
