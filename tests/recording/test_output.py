"""What runs print and log: whose it is, in which order, once, and with everything else as it was."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import io
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from inspectors.recording import run_output
from inspectors.recording.output import capture_output
from inspectors.recording.output_streams import RecordedStream
from inspectors.recording.run_output import RunOutput

log = logging.getLogger("talker")


@pytest.fixture
def play(play: Any) -> Any:
    """As every test's, with output captured: inside the test, since pytest puts its own streams in place before it."""

    def captured(scene: Any) -> Any:
        with capture_output():
            return play(scene)

    return captured


@pytest.fixture
def quiet() -> Iterator[logging.Logger]:
    """A logger with a handler of its own that doesn't propagate."""
    logger = logging.getLogger("talker.alone")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True
    logger.setLevel(logging.NOTSET)


class Part(Event):
    """One of several."""

    number: int


class Said(Event):
    """Somebody has said what there was to say."""


class Mixes(Workflow):
    """Steps that print in turns, in pieces."""

    @step
    async def part(self, ctx: Context, ev: StartEvent) -> list[Part]:
        return [Part(number=number) for number in range(3)]

    @step(num_workers=3)
    async def talk(self, ev: Part) -> Said:
        def later() -> None:
            print("called soon by", ev.number)

        async def task() -> None:
            await asyncio.sleep(0)
            print("a task of", ev.number)

        for word in ("one", "two", "three"):
            print(word, end=" ")
            await asyncio.sleep(0)
        print("by", ev.number)
        asyncio.get_running_loop().call_soon(later)
        await asyncio.create_task(task())
        await asyncio.to_thread(print, "a thread of", ev.number, file=sys.stderr)
        print("unfinished by", ev.number, end="")
        return Said()

    @step(num_workers=3)
    def plain(self, ev: Part) -> Said:
        """A plain function, which the engine runs in a thread."""
        print("plain function", ev.number)
        return Said()

    @step
    async def end(self, ctx: Context, ev: Said) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Said] * 6) else None


def said(records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """(step, stream, line) of each printed line."""
    return [
        (record["step"], record["stream"], line)
        for record in records
        if record["kind"] == "printed"
        for line in record["text"].split("\n")
    ]


def test_parallel_steps_dont_mix_and_each_line_is_its_own_invocations(play):
    async def scene(lab):
        run_id = lab.start("Mixes")
        await lab.ended(run_id)
        return lab.story(run_id)

    story = play(scene)
    by_invocation: dict[str, set[str]] = {}
    for record in story.of("printed"):
        by_invocation.setdefault(record["invocation"], set()).update(record["text"].split("\n"))
    for started in story.started("talk"):
        number = story.fields(started["consumed"][0])["number"]
        expected = {
            *(f"one two three by {number}", f"called soon by {number}", f"a task of {number}"),
            *(f"a thread of {number}", f"unfinished by {number}"),
        }
        assert by_invocation.pop(started["invocation"]) == expected
    assert sorted(by_invocation.values(), key=min) == [{f"plain function {number}"} for number in range(3)]


class Ordered(Workflow):
    """Prints between other things that are recorded."""

    @step
    async def tell(self, ctx: Context, ev: StartEvent) -> Part | StopEvent:
        print("before", end="\n\n")
        print("still before")
        log.warning("warned")
        print("after")
        await ctx.store.set("done", True)
        print("at the end")
        ctx.send_event(Part(number=1))
        return StopEvent()

    @step
    async def take(self, ev: Part) -> None:
        return None


def test_what_is_printed_stands_where_it_was_printed(play):
    async def scene(lab):
        return (await lab.run("Ordered"))[1]

    story = play(scene)
    seen = [record.get("text") or record["kind"] for record in story.records if record.get("step") == "tell"]
    assert seen[1:-1] == ["before\n\nstill before", "warned", "after", "store_written", "at the end"]
    times = [record["t"] for record in story.records]
    assert times == sorted(times)


class Shows(Workflow):
    """Runs what the test gives it inside a step."""

    act: Any = staticmethod(lambda: None)

    @step
    async def show(self, ev: StartEvent) -> StopEvent:
        result = type(self).act()
        if asyncio.iscoroutine(result):
            await result
        return StopEvent()


@pytest.fixture
def shown(play, monkeypatch):
    """A function that runs another inside a step and gives the run's records."""

    def show(act: Any, **options: Any) -> Any:
        monkeypatch.setattr(Shows, "act", staticmethod(act))

        async def scene(lab):
            return (await lab.run("Shows", **options))[1]

        return play(scene)

    return show


def test_a_progress_bar_is_the_last_state_of_its_line(shown):
    def act() -> None:
        for percent in range(0, 101, 5):
            print(f"\r{percent} %", end="")
        print()
        print("with both ends\r")
        print("50 %\r60 %\r", end="")

    assert said(shown(act).records) == [("show", "stdout", line) for line in ("100 %", "with both ends", "60 %")]


def test_a_line_without_its_end_is_shown_while_its_step_goes_on(play, monkeypatch):
    monkeypatch.setattr(run_output, "UNFINISHED_SECONDS", 0.05)
    over = asyncio.Event()

    async def act() -> None:
        print("thinking …", end="")
        await over.wait()
        print(" done")

    monkeypatch.setattr(Shows, "act", staticmethod(act))

    async def scene(lab):
        run_id = lab.start("Shows")
        await lab.recorded(run_id, "printed", text="thinking …")
        over.set()
        await lab.ended(run_id)
        return lab.story(run_id)

    assert said(play(scene).records) == [("show", "stdout", "thinking …"), ("show", "stdout", " done")]


def test_a_run_shows_what_it_prints_while_nothing_else_happens(play, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(
        Shows, "act", staticmethod(lambda: asyncio.to_thread(lambda: (print("working"), over.wait(60))))
    )

    async def scene(lab):
        run_id = lab.start("Shows")
        await lab.recorded(run_id, "printed", text="working")
        over.set()
        await lab.ended(run_id)

    play(scene)


def test_the_streams_stay_what_they_are_to_user_code(shown, capsys):
    inner = sys.stdout

    def act() -> None:
        stream = sys.stdout
        assert isinstance(stream, type(inner)) and isinstance(stream, io.TextIOBase)
        assert (stream.encoding, stream.errors, stream.isatty()) == (inner.encoding, inner.errors, False)
        assert stream.writable() and not stream.closed and stream.write("five\n") == 5
        stream.writelines(["a\n", "b\n"])
        stream.buffer.write("bytes: ä\n".encode(stream.encoding))
        stream.flush()
        with pytest.raises(TypeError):
            stream.write(b"no text")
        with contextlib.redirect_stdout(io.StringIO()) as kept:
            print("kept by the user")
        assert kept.getvalue() == "kept by the user\n"
        over = io.TextIOWrapper(stream.buffer, encoding="utf-8", line_buffering=True)
        with contextlib.redirect_stdout(over):
            print("by a stream put over the bytes")
        over.detach()
        print("last")

    lines = [line for _, _, line in said(shown(act).records)]
    assert lines == ["five", "a", "b", "bytes: ä", "by a stream put over the bytes", "last"]
    assert capsys.readouterr().out.splitlines() == lines


def test_everything_is_put_back_when_the_last_one_lets_go():
    before = sys.stdout, sys.stderr, logging.Logger.callHandlers, logging.Handler.handle
    with capture_output():
        with capture_output():
            assert type(sys.stdout) is RecordedStream and sys.stdout.inner is before[0]
        assert type(sys.stdout) is RecordedStream
    assert (sys.stdout, sys.stderr, logging.Logger.callHandlers, logging.Handler.handle) == before


def test_nothing_is_left_of_a_capture(monkeypatch):
    script = (
        "import sys, logging\n"
        "from inspectors.recording.output import capture_output\n"
        "was = sys.stdout, sys.stderr, logging.Logger.callHandlers, logging.Handler.handle\n"
        "with capture_output():\n"
        "    assert sys.stdout is not was[0]\n"
        "    logging.basicConfig(level=logging.INFO)\n"
        "    logging.info('of no run')\n"
        "assert was == (sys.stdout, sys.stderr, logging.Logger.callHandlers, logging.Handler.handle)\n"
        "assert logging.getLogger().handlers, 'basicConfig works as ever'\n"
        "import threading; assert threading.active_count() == 1, 'no thread for nothing'\n"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "INFO:root:of no run\n")


def test_messages_are_recorded_with_level_logger_and_exception_and_not_printed_again(shown, quiet):
    quiet.setLevel(logging.INFO)

    def act() -> None:
        quiet.debug("not let through by the logger")
        quiet.info("an info for %s", "Ada")
        quiet.handlers[:] = quiet.handlers[:1]  # pytest has added its own, which take everything
        quiet.handlers[0].setLevel(logging.ERROR)
        quiet.info("not let through by the handler")
        quiet.warning("let through: it is a warning")
        try:
            raise ValueError("no")
        except ValueError:
            quiet.exception("it went wrong")
        quiet.error("arguments that don't fit: %d", "x")
        logging.getLogger("stepscope.writer").error("of our own")

    records = shown(act).records
    logged = [record for record in records if record["kind"] == "logged"]
    assert [(record["level"], record["logger"], record["text"], record["step"]) for record in logged] == [
        ("INFO", "talker.alone", "an info for Ada", "show"),
        ("WARNING", "talker.alone", "let through: it is a warning", "show"),
        ("ERROR", "talker.alone", "it went wrong", "show"),
        ("ERROR", "talker.alone", "arguments that don't fit: %d (its arguments don't fit: TypeError)", "show"),
    ]
    error = logged[2]["error"]
    assert (error["type"], error["message"], error["frames"][-1]["own"]) == ("ValueError", "no", True)
    printed = [line for _, _, line in said(records)]
    assert not any("Ada" in line or "went wrong" in line or "of our own" in line for line in printed)


def test_a_users_own_configuration_of_logging_goes_on_working(shown, monkeypatch):
    seen: list[str] = []
    others = logging.Logger.callHandlers

    def as_a_monitoring_library_does(self: logging.Logger, record: logging.LogRecord) -> None:
        seen.append(record.getMessage())
        others(self, record)

    monkeypatch.setattr(logging.Logger, "callHandlers", as_a_monitoring_library_does)
    records = shown(lambda: log.error("for both")).records
    assert seen == ["for both"]
    assert [record["text"] for record in records if record["kind"] == "logged"] == ["for both"]
    assert logging.Logger.callHandlers is as_a_monitoring_library_does


def test_printing_never_waits_for_the_records_that_are_being_written(shown):
    """A garbage collection in the midst of a commit may print: it has the lock that a record would wait for."""
    from inspectors.recording.run_recorder import INVOCATION

    def act() -> None:
        run, _ = INVOCATION.get()
        with run._lock, run.output._lock, run._writer._lock:
            print("from a finalizer")
            log.error("from a finalizer, too")

    records = shown(act).records
    assert said(records) == [("show", "stdout", "from a finalizer")]
    assert [record["text"] for record in records if record["kind"] == "logged"] == ["from a finalizer, too"]


def test_long_texts_are_cut_and_floods_end_with_how_much_more_there_was(shown, monkeypatch):
    monkeypatch.setattr(run_output, "Budget", functools.partial(run_output.Budget, records=3))
    monkeypatch.setattr(run_output, "JOIN_SECONDS", -1.0)

    def act() -> None:
        print("x" * 50_000)
        for number in range(9):
            print("line", number)
        log.error("an error is seen in spite of the flood")

    story = shown(act)
    first, *others = story.of("printed")
    assert (len(first["text"]["$cut"]), first["text"]["size"]) == (run_output.TEXT_LIMIT, 50_000)
    assert [record["text"] for record in others] == ["line 0", "line 1"]
    begun, ended = story.of("output_left_out", what="printed")
    assert (begun["lines"], ended["lines"], ended["characters"]) == (None, 7, 7 * len("line 1\n"))
    assert len(story.of("logged")) == 1
    assert story.records[-1]["kind"] == "run_ended"


def test_a_flood_is_told_of_when_the_limit_was_reached_exactly_where_somebody_looked(shown, monkeypatch):
    monkeypatch.setattr(run_output, "Budget", functools.partial(run_output.Budget, records=1))

    def act() -> None:
        print("all that there is room for")
        for output in list(run_output.LIVE):
            output.flush()  # as the thread does that records what was printed, now and then
        print("too much")

    begun, ended = shown(act).of("output_left_out", what="printed")
    assert (begun["lines"], ended["lines"]) == (None, 1)


def test_a_text_of_many_lines_is_whole_in_several_records(shown):
    text = "\n".join(f"line {number}" for number in range(20_000))
    printed = shown(lambda: print(text)).of("printed")
    assert "\n".join(record["text"] for record in printed) == text
    assert len(printed) > 5 and all(len(record["text"]) <= run_output.TEXT_LIMIT for record in printed)


class Inner(Workflow):
    """A workflow that a step runs."""

    @step
    async def inside(self, ev: StartEvent) -> StopEvent:
        print("by the child")
        return StopEvent()


def test_a_child_runs_output_is_its_own(play, monkeypatch):
    async def act() -> None:
        print("by the parent")
        await Inner().run()
        print("by the parent again")

    monkeypatch.setattr(Shows, "act", staticmethod(act))

    async def scene(lab):
        run, story = await lab.run("Shows")
        (child,) = [other for other in lab.store.runs() if other.run_id != run.run_id]
        return story, lab.story(child.run_id)

    story, child = play(scene)
    assert said(story.records) == [("show", "stdout", "by the parent"), ("show", "stdout", "by the parent again")]
    assert said(child.records) == [("inside", "stdout", "by the child")]


def test_what_verbose_prints_is_in_the_run(play):
    async def scene(lab):
        run_id = lab.start("Shows", timeout=None)
        await lab.ended(run_id)
        run_id = lab.store.create_run(
            workflow="Shows",
            module="lab",
            file="lab.py",
            version="1",
            input={},
            options={"verbose": True},
            graph=None,
            runner_id=lab.runner_id,
        )
        lab.store.assign_run(run_id, lab.runner_id)
        lab.runs.start(run_id)
        await lab.ended(run_id)
        return lab.story(run_id)

    lines = [line for _, _, line in said(play(scene).records)]
    assert any("show" in line for line in lines), lines


class Log:
    """What RunOutput needs of a run."""

    def __init__(self) -> None:
        self.active: dict[str, Any] = {}
        self.ended = False
        self.texts: dict[tuple[str | None, str], list[str]] = {}
        self.output = RunOutput(self)  # type: ignore[arg-type]

    def append(self, kind: str, fields: str, edit: Any = None, t: float = 0.0) -> int:
        import json

        record = json.loads(f"{{{fields}}}")
        lines = record["text"].split("\n")
        self.texts.setdefault((record["invocation"], record["stream"]), []).extend(lines)
        return 1


pieces = st.lists(
    st.tuples(st.sampled_from(["i1", "i2", None]), st.sampled_from(["stdout", "stderr"]), st.text("ab\n", max_size=6)),
    max_size=30,
)


@given(pieces, st.sets(st.integers(0, 30)))
def test_however_it_is_written_each_line_is_recorded_once_and_in_order(writes, flushes):
    run = Log()
    whole: dict[tuple[str | None, str], str] = {}
    for number, (invocation, stream, text) in enumerate(writes):
        run.output.printed((invocation, stream, None), text)
        whole[invocation, stream] = whole.get((invocation, stream), "") + text
        if number in flushes:
            run.output.flush()
    run.output.flush(all_rests=True)
    expected = {key: [line for line in text.split("\n") if line] for key, text in whole.items()}
    got = {key: [line for line in lines if line] for key, lines in run.texts.items()}
    assert got == {key: lines for key, lines in expected.items() if lines}


def test_code_that_prints_after_its_run_is_left_alone(shown, capsys):
    contexts = []

    def act() -> None:
        contexts.append(contextvars.copy_context())

    with capture_output():
        story = shown(act)
        contexts[0].run(print, "too late")
        contexts[0].run(log.error, "too late as well")
    assert "too late" in capsys.readouterr().out
    assert not story.of("printed")
