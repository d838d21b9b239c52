"""`python -m tests.faults.answers`: two tabs race for each answer, and processes die at every point of its way.

`--races 100` opens each request in two tabs and clicks in both at the same moment. Each kill is of the process that
comes to a point first, web server or runner; the page is then used as a person would: it is looked at again, and
clicked again only if the request still waits. Prints two tables; exit code 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Error, Page

from inspectors.discovery import discover
from inspectors.settings import Settings
from inspectors.store import Prompt, Store
from inspectors.workbench import Workbench
from tests.e2e.app_process import PROJECT, AppProcess
from tests.e2e.browser import OfflineContext, chromium, open_page
from tests.waiting import until

POINTS = (
    ("click arrived", "web server"),
    ("answer stored", "web server"),
    ("runner told", "web server"),
    ("page answered", "web server"),
    ("run to be taken up", "runner"),
    ("run taken up", "runner"),
    ("answer to be delivered", "runner"),
    ("answer given to the engine", "runner"),
    ("answer recorded, not committed", "runner"),
    ("delivery committed", "runner"),
)
ASKING = PROJECT / "tests" / "runner" / "asking.py"
AHEAD_MS = 400
"""Both tabs click so long after they were told to, by the same clock."""


@dataclass
class Races:
    """What became of all races."""

    gaps_ms: list[float] = field(default_factory=list)
    """Between the two clicks."""
    wins: list[int] = field(default_factory=lambda: [0, 0])
    told: int = 0
    """Losers that read who was quicker."""
    wrong: list[str] = field(default_factory=list)


class AnswerTrials:
    """An app with a browser, and runs that ask."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.folder = folder
        self.browser = browser
        self.resumed = 0
        self.mark = folder / "kill-at"
        self.taken = folder / "taken"
        points = str(Path(__file__).parent / "points")
        variables = {"PYTHONPATH": f"{points}:{PROJECT}", "STEPSCOPE_KILL_AT": str(self.mark)}
        self.app = AppProcess(folder / "stepscope.db", [str(ASKING)], variables=variables).start()
        self.store = Store(self.app.database)
        self.source = next(one for one in discover([str(ASKING)]).workflows if one.name == "SlowTake")

    def close(self) -> None:
        """Leave nothing behind."""
        self.store.close()
        self.app.stop()

    def ask(self, number: int) -> list[Prompt]:
        """Start so many runs and wait until all wait for a person."""
        before = {prompt.prompt_id for prompt in self.store.prompts()}
        workbench = Workbench(Settings(self.app.database, (str(ASKING),), sys.executable))
        try:
            runs = [workbench.supervisor.start(self.source, {"file": str(self.taken)}, {}) for _ in range(number)]
            until(lambda: len(self.store.prompts()) >= len(before) + number, "all wait for a person", seconds=180)
            until(lambda: not any(self._run(run_id).loaded for run_id in runs), "all are let go", seconds=180)
        finally:
            workbench.close()
        return [prompt for prompt in self.store.prompts() if prompt.prompt_id not in before]

    def _run(self, run_id: str):  # type: ignore[no-untyped-def]
        run = self.store.run(run_id)
        assert run is not None
        return run

    def _resume(self, run_id: str) -> None:
        """As the person does who sees that the run was interrupted."""
        self.resumed += 1
        workbench = Workbench(Settings(self.app.database, (str(ASKING),), sys.executable))
        try:
            workbench.supervisor.resume(run_id, "a person")
            until(lambda: self._run(run_id).status != "interrupted", "it goes on")
            until(lambda: self._run(run_id).ended, "the run's end", seconds=90)
        finally:
            workbench.close()

    def taken_words(self) -> list[str]:
        """What the step that takes answers has said it took, one for each time it began."""
        return self.taken.read_text(encoding="utf-8").split() if self.taken.exists() else []

    def once(self, prompt: Prompt, begun_before: int, at_most: int) -> list[str]:
        """What is wrong with an answer once its run should be over; nothing, if it was taken once."""
        try:
            until(lambda: self._run(prompt.run_id).ended, "the run's end", seconds=90)
        except AssertionError:
            return [f"{prompt.prompt_id}: the run is {self._run(prompt.run_id).status}"]
        if self._run(prompt.run_id).status == "interrupted":
            self._resume(prompt.run_id)
        run, wrong = self._run(prompt.run_id), []
        answers = [record for record in self.store.records(prompt.run_id) if record.get("via") == "answer"]
        if len(answers) != 1:
            wrong.append(f"{prompt.prompt_id}: {len(answers)} answers in its records")
        if run.status != "done" or (run.result or {}).get("value") not in ("APPROVE", "REVISE"):
            wrong.append(f"{prompt.prompt_id}: {run.status}, {run.result}")
        begun = len(self.taken_words()) - begun_before
        if not 1 <= begun <= at_most:
            wrong.append(f"{prompt.prompt_id}: the step that takes it began {begun} times")
        kept = self.store.prompt(prompt.prompt_id)
        if (
            kept is None
            or kept.status != "answered"
            or kept.answer_value != {"response": (run.result or {}).get("value")}
        ):
            wrong.append(f"{prompt.prompt_id}: its row is {kept}")
        return wrong

    # -- two tabs -------------------------------------------------------------------------------------

    def race(self, number: int, say: Callable[[str], None] = lambda _: None) -> Races:
        """Two tabs of two people, one approves and one asks for a revision, in the same moment; so often."""
        found = Races()
        prompts = self.ask(number)
        contexts = [OfflineContext(self.browser), OfflineContext(self.browser)]
        tabs = [context.page() for context in contexts]
        try:
            for turn, prompt in enumerate(prompts):
                begun = len(self.taken_words())
                buttons = ["review-submit", f"review-{prompt.prompt_id}-decision-1"]
                for tab, place in zip(tabs, buttons, strict=True):
                    open_page(tab, f"{self.app.url}/review?prompt={prompt.prompt_id}")
                    tab.wait_for_selector(f".st-key-{place} button")
                at = time.time() * 1000 + AHEAD_MS
                order = slice(None, None, 1 if turn % 2 else -1)  # who is told first may be quicker
                for tab, place in list(zip(tabs, buttons, strict=True))[order]:
                    tab.evaluate(CLICK_AT, [at, place])
                for tab in tabs:
                    tab.wait_for_function("() => window.clicked")
                clicked = [tab.evaluate("() => window.clicked") for tab in tabs]
                until(lambda one=prompt: self.store.prompt(one.prompt_id).answered_at, "an answer")  # type: ignore[union-attr]
                wrong = self.once(prompt, begun, 1)
                won = self.store.prompt(prompt.prompt_id).answer_value["response"] != "APPROVE"  # type: ignore[union-attr,index]
                found.wins[int(won)] += 1
                found.gaps_ms.append(abs(clicked[0] - clicked[1]))
                found.told += self._reads_who_won(tabs[1 - int(won)])
                found.wrong += wrong
                say(f"race {turn + 1}: {'; '.join(wrong) or 'one answer'}")
        finally:
            for context in contexts:
                found.wrong += context.errors
                context.context.close()
        return found

    def _reads_who_won(self, tab: Page) -> bool:
        try:
            tab.get_by_text("Already answered").first.wait_for(timeout=20_000)
        except Error:
            return False
        return True

    # -- kills ----------------------------------------------------------------------------------------

    def kill(self, point: str, victim: str) -> tuple[list[str], bool, float]:
        """Kill at a point: what was wrong, whether a second click was needed, seconds from kill to the run's end."""
        (prompt,) = self.ask(1)
        begun = len(self.taken_words())
        context = OfflineContext(self.browser)
        page = context.page()
        try:
            open_page(page, f"{self.app.url}/review?prompt={prompt.prompt_id}")
            button = page.locator(".st-key-review-submit button")
            button.wait_for()
            self.mark.write_text(point, encoding="utf-8")
            with suppress(Error):
                button.click()
            until(lambda: not self.mark.exists(), f"somebody dies at: {point}", seconds=60)
            died = time.monotonic()
            if victim == "web server":
                self.app.kill()  # it is dead already; its handle is closed
                self.app.start()
            again = False
            if point == "click arrived":  # the one point at which nothing was stored: the request must still wait
                open_page(page, f"{self.app.url}/review?prompt={prompt.prompt_id}")
                button.wait_for()
                again = True
                button.click()
            wrong = self.once(prompt, begun, 2 if victim == "runner" else 1)
            return wrong, again, time.monotonic() - died
        finally:
            self.mark.unlink(missing_ok=True)
            context.context.close()


CLICK_AT = """([at, place]) => {
    window.clicked = 0;
    setTimeout(() => {
        window.clicked = performance.timeOrigin + performance.now();
        document.querySelector(`.st-key-${place} button`).click();
    }, at - Date.now());
}"""


def races_table(found: Races) -> str:
    """The races as Markdown."""
    number = len(found.gaps_ms)
    gaps = f"{median(found.gaps_ms):.0f} · {max(found.gaps_ms):.0f}" if found.gaps_ms else "–"
    heads = [
        "Races",
        "One answer, taken once",
        "Approve won",
        "Revise won",
        "Losers told so",
        "Clicks apart, ms: p50 · max",
    ]
    head = f"| {' | '.join(heads)} |"
    row = f"| {number} | {number - len(found.wrong)} | {found.wins[0]} | {found.wins[1]} | {found.told} | {gaps} |"
    return "\n".join([head, "|---:" * 6 + "|", row])


def main() -> int:
    """Race, kill, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.answers")
    parser.add_argument("--races", type=int, default=100)
    parser.add_argument("--kills", type=int, default=1, help="at each point")
    arguments = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="stepscope-answers-") as folder, chromium() as browser:
        trials = AnswerTrials(Path(folder), browser)
        try:
            if arguments.kills:
                print(
                    "| Died at | Process | Kills | Answer taken once | Clicked again | Resumed | Done after, s: max |"
                )
                print("|---|---|---:|---:|---:|---:|---:|", flush=True)
            for point, victim in POINTS if arguments.kills else ():
                trials.resumed = 0
                outcomes = [trials.kill(point, victim) for _ in range(arguments.kills)]
                right = sum(not one[0] for one in outcomes)
                again, longest = sum(one[1] for one in outcomes), max(one[2] for one in outcomes)
                print(
                    f"| {point} | {victim} | {len(outcomes)} | {right} | {again} | {trials.resumed} | {longest:.1f} |",
                    flush=True,
                )
                wrong += [sentence for one in outcomes for sentence in one[0]]
            if arguments.races:
                found = trials.race(arguments.races, lambda said: print(said, file=sys.stderr, flush=True))
                print(races_table(found))
                wrong += found.wrong
        finally:
            trials.close()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
