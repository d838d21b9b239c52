"""A row of the timeline from a record: what happened, to which step, in short. One function a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inspectors.trace.call_words import call_ended, call_started, child_not_recorded
from inspectors.trace.words import duration, fields_text, first_line, plural, time_limit, types_text, value_text

Record = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class RowContext:
    """What a row needs to know of its run."""

    started_at: float
    """Epoch seconds from which `dt` counts."""
    step_ids: dict[str, str] = field(default_factory=dict)
    """Node ids by step name."""
    open_prompts: frozenset[str] = frozenset()


def row(record: Record, context: RowContext) -> Row:
    """The row of a record: see "Rows" in docs/architecture.md. Kinds from later versions get a plain row."""
    made = {
        "seq": record["seq"],
        "t": record["t"],
        "dt": round(record["t"] - context.started_at, 6),
        "kind": record["kind"],
        "sign": "log",
        "name": "",
        "what": record["kind"].replace("_", " ").capitalize(),
        "step": "",
        "short": "",
        "took_ms": None,
        "tone": "",
        "nodes": [],
    }
    make = _ROWS.get(record["kind"])
    if make is None:
        made["short"] = fields_text({name: value for name, value in record.items() if name not in ("seq", "t", "kind")})
    else:
        made.update(make(record, context))
    return made


def _run_started(record: Record, _: RowContext) -> Row:
    if record.get("resumed"):
        return {
            "sign": "run",
            "what": "Taken up again",
            "short": f"session {record.get('session')}; the time limit goes on",
        }
    limit = record.get("timeout")
    short = f"time limit {time_limit(limit)}" if limit else "no time limit"
    if record.get("program"):
        short += f" · by {record['program']}, process {record.get('pid')}"
    return {"sign": "run", "what": "Run started", "short": short}


def _event(record: Record, context: RowContext) -> Row:
    via = {
        "sent": "sent",
        "streamed": "streamed",
        "fanned_out": "one of a list",
        "failure": "after a failure",
        "answer": "the answer",
    }
    short = fields_text(record.get("fields") or {})
    added = via.get(record.get("via", ""), "")
    who = (record.get("who") or {}).get("name")
    if who:
        added = f"the answer of {who}"
    if record.get("to_step"):
        added = f"sent to {record['to_step']}"
    return {
        "sign": "person" if record.get("via") == "answer" else "event",
        "name": record["type"],
        "what": record["type"],
        "step": record.get("from_step") or "",
        "short": " · ".join(part for part in (short, added) if part),
        "nodes": [f"event:{record['module']}.{record['type']}"],
    }


def _streamed(record: Record, _: RowContext) -> Row:
    return {"sign": "event", "what": "Written to the stream", "short": str(record.get("key") or "")}


def _invocation_started(record: Record, context: RowContext) -> Row:
    parts = []
    if record.get("attempt", 1) > 1:
        parts.append(f"attempt {record['attempt']}")
    if record.get("queue_ms") is not None:
        parts.append(f"waited {duration(record['queue_ms'])}")
    if record.get("worker") is not None:
        parts.append(f"worker {record['worker'] + 1} of {record.get('workers')}")
    return _step_row(record, context, "started", " · ".join(parts))


def _invocation_ended(record: Record, context: RowContext) -> Row:
    outcome = record["outcome"]
    gave = types_text(record.get("gives") or {})
    if outcome == "error":
        error = record.get("error") or {}
        short = f"{error.get('type')}: {error.get('message')}"
        if record.get("retry_in") is not None:
            short += f" · next attempt in {duration(record['retry_in'] * 1000)}"
        handler = record.get("handled_by")
        made = _step_row(record, context, "failed", f"{short} · taken up by {handler}" if handler else short)
        if handler:
            made["what"] = f"{record['step']} failed, recovered"
        else:
            made["tone"] = "failed"
    else:
        word, short = {
            "ok": ("done", f"gave {gave}" if gave else "gave nothing"),
            "waiting": ("waits", "for an answer; it runs again from the top when the answer is there"),
            "buffered": ("done", "keeps the event until the others are there"),
            "again": (
                "runs again",
                "another worker had added to what it collects; the engine starts it anew",
            ),
            "cancelled": ("cancelled", ""),
        }.get(outcome, (outcome, ""))
        made = _step_row(record, context, word, short)
    made["took_ms"] = record.get("took_ms")
    return made


def _step_row(record: Record, context: RowContext, word: str, short: str) -> Row:
    step = record["step"]
    node = context.step_ids.get(step)
    return {
        "sign": "trouble" if word == "failed" else "step",
        "name": step,
        "what": f"{step} {word}",
        "step": step,
        "short": short,
        "nodes": [node] if node else [],
    }


def _store_written(record: Record, context: RowContext) -> Row:
    changes, removed = record.get("changes") or {}, record.get("removed") or []
    names = list(changes)
    what = f"{names[0]} written" if len(names) == 1 else f"{len(names)} values written"
    short = " · ".join(
        f'ctx.store["{name}"] removed'
        if name in removed
        else f'ctx.store["{name}"] = {value_text(pair[1] if isinstance(pair, list) and len(pair) == 2 else pair)}'
        for name, pair in list(changes.items())[:4]
    )
    if record.get("namespace"):
        short = f"{short} · in {record['namespace']}"
    step = record.get("step") or ""
    node = context.step_ids.get(step)
    return {"sign": "store", "what": what, "step": step, "short": short, "nodes": [node] if node else []}


def _printed(record: Record, context: RowContext) -> Row:
    what = "Printed to stderr" if record.get("stream") == "stderr" else "Printed"
    return _of_step(record, context, "log", what, first_line(record.get("text")))


def _logged(record: Record, context: RowContext) -> Row:
    level = str(record.get("level", ""))
    what = f"{level.capitalize()} logged" if level else "Logged"
    made = _of_step(record, context, "log", what, first_line(record.get("text")))
    return {**made, "tone": "failed" if level in ("ERROR", "CRITICAL") else ""}


def _output_left_out(record: Record, _: RowContext) -> Row:
    what = "logged" if record.get("what") == "logged" else "printed"
    where = "only in the runner's log" if record.get("log") else "not kept here"
    if record.get("lines") is None:
        short = f"what is {what} from here on is {where}"
    else:
        much = f"{plural(record['lines'], 'line')}, {plural(record.get('characters') or 0, 'character')}"
        short = f"{much} more: {where}"
    return {"sign": "log", "what": f"More was {what} than is recorded", "short": short}


def _of_step(record: Record, context: RowContext, sign: str, what: str, short: str) -> Row:
    step = record.get("step") or ""
    node = context.step_ids.get(step)
    return {"sign": sign, "what": what, "step": step, "short": short, "nodes": [node] if node else []}


def _prompt(record: Record, context: RowContext) -> Row:
    waits = record["prompt"] in context.open_prompts
    return {
        "sign": "person",
        "name": "Waiting for you" if waits else "A person was asked",
        "what": "Waiting for you" if waits else "A person was asked",
        "step": record.get("step") or "",
        "short": record.get("text") or "",
        "tone": "waiting" if waits else "",
        "prompt": record["prompt"],
    }


def _run_ended(record: Record, _: RowContext) -> Row:
    status = record.get("status")
    error, result = record.get("error") or {}, record.get("result") or {}
    short = ""
    if error:
        short = f"{error.get('type')}: {error.get('message')}" if status == "failed" else str(error.get("message"))
    elif "fields" in result:
        short = f"{result.get('type')}: {fields_text(result['fields'])}"
    elif result:
        short = value_text(result.get("value"), 120)
    words = {
        "done": "Run done",
        "failed": "Run failed",
        "cancelled": "Run cancelled",
        "interrupted": "Run interrupted",
    }
    tone = str(status) if status in ("failed", "interrupted") else ""
    return {
        "sign": {"failed": "trouble", "interrupted": "interrupted"}.get(tone, "run"),
        "what": words.get(str(status), f"Run {status}"),
        "short": short,
        "tone": tone,
    }


def _plain(
    sign: str, what: str, short: Callable[[Record], str] = lambda record: "", tone: str = ""
) -> Callable[[Record, RowContext], Row]:
    return lambda record, context: {
        "sign": sign,
        "what": what,
        "short": short(record),
        "tone": tone,
        "step": record.get("step") or "",
        "nodes": [context.step_ids[record["step"]]] if record.get("step") in context.step_ids else [],
    }


def _blocked_words(record: Record) -> str:
    if record.get("step") is None:
        return f"the engine itself is busy: {record.get('queued', 0):,} events wait in its queues"
    place = f" (at {record['place']})" if record.get("place") else ""
    if record.get("lock"):
        held = duration(record.get("seconds", 0) * 1000)
        return f"{record['step']}{place} held the Python interpreter for {held}; nothing else of this runner went on"
    return f"{record['step']}{place} keeps the event loop busy; nothing else of this runner goes on"


def _paused_words(record: Record) -> str:
    if record.get("held"):
        return "its program keeps it in memory"
    return "saved: safe to close, even for days" if record.get("saved") else "could not be saved: it stays in memory"


def _records_missing(record: Record, _: RowContext) -> Row:
    took = record.get("until", 0.0) - record.get("since", 0.0)
    short = f"made within {duration(took * 1000)}, when there was no room for more. {record.get('why') or ''}".strip()
    return _gap(record, "missing", short)


def _records_unreadable(record: Record, _: RowContext) -> Row:
    return _gap(record, "unreadable", "this part of the database is damaged; the rest of the run is not")


def _gap(record: Record, how: str, short: str) -> Row:
    upto = record.get("upto", record["seq"])
    one = upto == record["seq"]
    words = {"missing": "is missing" if one else "are missing", "unreadable": "can’t be read"}[how]
    what = f"Record {upto:,} {words}" if one else f"Records {record['seq']:,}–{upto:,} {words}"
    return {"sign": "trouble", "what": what, "short": short, "tone": "failed", "upto": upto}


def _resumed_words(record: Record) -> str:
    again = ", ".join(record.get("again") or [])
    parts = [f"by {record['by']}" if record.get("by") else "", str(record.get("why") or "")]
    parts += [f"{plural(record['kept'], 'step')} kept" if record.get("kept") else ""]
    parts += [f"{again} runs again" if again else ""]
    return " · ".join(part for part in parts if part)


_ROWS: dict[str, Callable[[Record, RowContext], Row]] = {
    "run_started": _run_started,
    "event": _event,
    "streamed": _streamed,
    "invocation_started": _invocation_started,
    "invocation_ended": _invocation_ended,
    "store_written": _store_written,
    "printed": _printed,
    "logged": _logged,
    "output_left_out": _output_left_out,
    "call_started": call_started,
    "call_ended": call_ended,
    "child_not_recorded": child_not_recorded,
    "prompt": _prompt,
    "prompt_expired": _plain("person", "Time to answer is up", lambda record: "the step gets a TimeoutError"),
    "waiting": _plain("run", "Paused", lambda record: _paused_words(record)),
    "not_saved": _plain("trouble", "Can't be saved", lambda record: str(record.get("why"))),
    "unloaded": _plain("run", "Let go", lambda record: "nothing runs; the time limit stands still"),
    "stalled": _plain(
        "trouble",
        "Stalled",
        lambda record: "nothing is running, queued or waited for: only the time limit can end this run",
        "failed",
    ),
    "blocked": _plain("trouble", "Event loop blocked", lambda record: _blocked_words(record), "failed"),
    "unblocked": _plain(
        "run", "Event loop turns again", lambda record: f"after {duration(record.get('seconds', 0) * 1000)}"
    ),
    "cancel_asked": _plain("run", "Cancel asked", lambda record: f"by {record['by']}" if record.get("by") else ""),
    "records_missing": _records_missing,
    "records_unreadable": _records_unreadable,
    "run_ended": _run_ended,
    "resumed": _plain("run", "Resumed", _resumed_words),
    "saved": _plain("run", "Can be saved again", lambda record: "what kept it from being written down is gone"),
}
