"""The details panel of a record: facts, fields, error, and what led to it. Pure functions over a run's records."""

from __future__ import annotations

import time
from typing import Any

from inspectors.recording.values import is_more, mark_of
from inspectors.trace.call_words import call_details
from inspectors.trace.conversation import conversation
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext, row
from inspectors.trace.time_split import attempts, time_split
from inspectors.trace.words import duration, plain_output, types_text

Record = dict[str, Any]
LED = 6
MOST_CALLS, MOST_EVENTS, MOST_FIELDS = 8, 12, 4
"""Calls and events that are named of one invocation, and events that are shown with their fields."""


def details(seq: int, relations: Relations, context: RowContext) -> dict[str, Any] | None:
    """The details of one record as in docs/architecture.md; None if the record isn't among those given."""
    record = relations.by_seq.get(seq)
    if record is None:
        return None
    shown = row(record, context)
    made: dict[str, Any] = {
        "seq": seq,
        "title": shown["name"] or shown["what"],
        "sign": shown["sign"],
        "t": record["t"],
        "dt": shown["dt"],
        "facts": [],
        "fields": None,
        "fields_title": "Fields",
        "error": None,
        "whole": None,
        "split": None,
        "attempts": [],
        "took": None,
        "gave": None,
        "gives": "",
        "messages": [],
        "led": [],
        "record": record,
    }
    {
        "event": _event,
        "invocation_started": _invocation,
        "invocation_ended": _invocation,
        "prompt": _prompt,
        "printed": _output,
        "logged": _output,
        "call_started": _call,
        "call_ended": _call,
    }.get(record["kind"], _other)(record, relations, context, made)
    return made


def _fact(label: str, text: str, seq: int | None = None, node: str | None = None) -> dict[str, Any]:
    return {"label": label, "text": text, "seq": seq, "node": node}


_VIA = {
    "start": "the start of the run",
    "outside": "code outside the run",
    "answer": "a person",
    "returned": "returned",
    "sent": "ctx.send_event",
    "fanned_out": "returned in a list",
    "streamed": "written to the stream only",
    "prompt": "asked by a waiting step",
    "failure": "the engine, after a failure",
}


def _who(record: Record) -> str:
    """Who gave an answer, and whether that was checked; "" if nobody said."""
    who = record.get("who") or {}
    return f"{who['name']} ({'signed in' if who.get('verified') else 'name not verified'})" if who.get("name") else ""


def _event(record: Record, relations: Relations, context: RowContext, made: dict[str, Any]) -> None:
    facts = made["facts"]
    sender = relations.started.get(record.get("by") or "")
    how = _VIA.get(str(record["via"]), str(record["via"]))
    if sender is not None:
        facts.append(
            _fact(
                "Sent by",
                f"{sender['step']} #{sender['seq']}",
                sender["seq"],
                context.step_ids.get(sender["step"]),
            )
        )
        facts.append(_fact("How", how))
    else:
        facts.append(_fact("Sent by", _who(record) or how))
    for taker in relations.taken_by.get(record["key"], [])[:8]:
        facts.append(
            _fact(
                "Taken by",
                f"{taker['step']} #{taker['seq']}",
                taker["seq"],
                context.step_ids.get(taker["step"]),
            )
        )
    prompt = relations.prompt_of_event.get(record["key"])
    if prompt is not None:
        facts.append(
            _fact(
                "Asks a person",
                "waiting for you" if prompt["prompt"] in context.open_prompts else "answered",
                prompt["seq"],
            )
        )
    facts.append(
        _fact("Type", f"{record['module']}.{record['type']}", node=f"event:{record['module']}.{record['type']}")
    )
    made["fields"] = record.get("fields") or {}
    made["whole"] = record["key"] if holds_cut(made["fields"]) else None
    made["led"] = _led(record, relations)


def _invocation(record: Record, relations: Relations, context: RowContext, made: dict[str, Any]) -> None:
    invocation = record["invocation"]
    started, ended = relations.started.get(invocation), relations.ended.get(invocation)
    facts = made["facts"]
    facts.append(_fact("Step", record["step"], node=context.step_ids.get(record["step"])))
    if ended is not None:
        facts.append(_fact("Outcome", _outcome(ended), ended["seq"] if ended is not record else None))
        made["error"] = ended.get("error")
        if ended.get("handled_by"):
            facts.append(_taken_up(ended, relations, context))
    elif started is not None:
        facts.append(_fact("Outcome", "not ended yet" if relations.run_ended_at is None else "the run ended first"))
    if started is not None:
        if started.get("worker") is not None:
            facts.append(_fact("Worker", f"{started['worker'] + 1} of {started.get('workers')}"))
        if started.get("attempt", 1) > 1 or (ended or {}).get("retry_in") is not None:
            facts.append(_fact("Attempt", str(started.get("attempt", 1))))
        for call in relations.calls_of.get(invocation, [])[:MOST_CALLS]:
            facts.append(_fact("Called", f"{call['name']} #{call['seq']}", call["seq"]))
        more = len(relations.calls_of.get(invocation, [])) - MOST_CALLS
        if more > 0:
            facts.append(_fact("", f"and {more} more"))
        pairs = _pairs(started, relations)
        made["split"] = time_split(pairs, relations.run_ended_at)
        made["attempts"] = attempts(pairs, context.started_at)
    taken = [*((started or {}).get("consumed") or []), *((ended or {}).get("joined") or [])]
    made["took"] = _events_of(list(dict.fromkeys(key for key in taken if key)), relations)
    made["gave"] = _events_of((ended or {}).get("gave") or [], relations)
    made["gives"] = types_text((ended or {}).get("gives") or {})
    made["led"] = _led(started or record, relations)


def _pairs(started: Record, relations: Relations) -> list[tuple[Record, Record | None]]:
    """The invocations of the same work item in order, each with its end."""
    own = relations.items.get(started.get("work_item") or started["invocation"], [started])
    return [(one, relations.ended.get(one["invocation"])) for one in own]


def _events_of(keys: list[str], relations: Relations) -> dict[str, Any]:
    """{"events": [{"text", "seq", "node", "fields"}], "more"}: what an invocation took or gave."""
    made = []
    for place, key in enumerate(keys[:MOST_EVENTS]):
        fact = _key_fact("", key, relations)
        event = relations.event.get(key)
        fields = (event.get("fields") or {}) if event is not None and place < MOST_FIELDS else None
        made.append({"text": fact["text"], "seq": fact["seq"], "node": fact["node"], "fields": fields})
    return {"events": made, "more": max(0, len(keys) - MOST_EVENTS)}


def _taken_up(ended: Record, relations: Relations, context: RowContext) -> dict[str, Any]:
    """The @catch_error step that took a failure up, and its invocation where that has begun."""
    handler = str(ended["handled_by"])
    failure = next((key for key in relations.failures.get(ended["invocation"], []) if key in relations.taken_by), "")
    taker = next((one for one in relations.taken_by.get(failure, []) if one["step"] == handler), None)
    seq = taker["seq"] if taker is not None else None
    return _fact("Recovered by", f"{handler} #{seq}" if seq else handler, seq, context.step_ids.get(handler))


def _key_fact(label: str, key: str | None, relations: Relations) -> dict[str, Any]:
    event = relations.event.get(key or "")
    if event is None:
        return _fact(label, key or "an event whose record is not at hand")
    return _fact(label, f"{event['type']} #{event['seq']}", event["seq"], f"event:{event['module']}.{event['type']}")


def _outcome(ended: Record) -> str:
    words = {
        "ok": "done",
        "error": "failed",
        "waiting": "waits for an answer",
        "buffered": "kept its event and waits for the others",
        "cancelled": "cancelled by the end of the run",
        "again": "thrown away by the engine, which ran the step anew",
    }
    text = words.get(str(ended["outcome"]), str(ended["outcome"]))
    if ended.get("handled_by"):
        return f"{text}, recovered"
    return (
        f"{text}, next attempt in {duration(ended['retry_in'] * 1000)}" if ended.get("retry_in") is not None else text
    )


def _prompt(record: Record, relations: Relations, context: RowContext, made: dict[str, Any]) -> None:
    facts = made["facts"]
    if record.get("event"):
        facts.append(_key_fact("Asked with", record["event"], relations))
    if record.get("step"):
        facts.append(_fact("Asked by", record["step"], node=context.step_ids.get(record["step"])))
    facts.append(_fact("Answer", str(record.get("answer"))))
    answer = relations.answer.get(record["prompt"])
    if answer is not None:
        by = f"by {_who(answer)}, " if _who(answer) else ""
        facts.append(
            _fact(
                "Answered",
                f"{by}after {duration((answer['t'] - record['t']) * 1000)} #{answer['seq']}",
                answer["seq"],
            )
        )
        made["fields"], made["fields_title"] = answer.get("fields"), "What the person sent"
    made["led"] = _led(record, relations)


def _output(record: Record, relations: Relations, context: RowContext, made: dict[str, Any]) -> None:
    """What code printed or logged, and whose code it was."""
    facts = made["facts"]
    label = "Logged by" if record["kind"] == "logged" else "Printed by"
    by = relations.started.get(record.get("invocation") or "")
    if by is not None:
        facts.append(_fact(label, f"{by['step']} #{by['seq']}", by["seq"], context.step_ids.get(by["step"])))
    elif record.get("invocation"):
        facts.append(_fact(label, record.get("step") or "a step whose record is not at hand"))
    elif record.get("shared") is None:
        facts.append(_fact(label, "the engine, or a thread that the code started itself"))
    else:
        facts.append(_fact(label, "a subprocess, or C code"))
    if record.get("shared"):
        facts.append(_fact("", "Several runs were active, and each of them shows it: it may belong to another."))
    if record["kind"] == "logged":
        facts += [_fact("Level", str(record.get("level"))), _fact("Logger", str(record.get("logger")))]
    else:
        facts.append(_fact("Stream", f"sys.{record.get('stream')}"))
    made["error"] = record.get("error")
    made["fields"] = {"text": plain_output(record.get("text"))}
    made["fields_title"] = "Message" if record["kind"] == "logged" else "Text"


def _call(record: Record, relations: Relations, context: RowContext, made: dict[str, Any]) -> None:
    begun, ended = relations.call_started.get(record["call"]), relations.call_ended.get(record["call"])
    outer = relations.call_started.get((begun or {}).get("parent") or "")
    made.update(call_details(begun, ended, outer, relations.started.get(record.get("invocation") or ""), context))
    if (begun or record).get("what") == "llm":
        made["messages"] = conversation(begun, ended)
        shown = ("messages", "completion", "tool calls", *(() if (begun or {}).get("messages") else ("input",)))
        made["fields"] = {name: value for name, value in made["fields"].items() if name not in shown} or None
        made["fields_title"] = "Options"


def _other(record: Record, relations: Relations, context: RowContext, made: dict[str, Any]) -> None:
    if record["kind"] == "store_written":
        starter = relations.started.get(record.get("invocation") or "")
        if starter is not None:
            made["facts"].append(
                _fact(
                    "Written by",
                    f"{starter['step']} #{starter['seq']}",
                    starter["seq"],
                    context.step_ids.get(starter["step"]),
                )
            )
        made["facts"].append(_fact("How", f"ctx.store.{record['op']}"))
        if record.get("namespace"):
            made["facts"].append(_fact("Store", str(record["namespace"])))
        made["fields"] = {
            name: {"old": pair[0], "new": pair[1]} if isinstance(pair, list) and len(pair) == 2 else pair
            for name, pair in (record.get("changes") or {}).items()
        }
        made["fields_title"] = "Values"
        return
    if record["kind"] == "run_ended":
        made["error"] = record.get("error")
        if record.get("active_steps") is not None:
            made["facts"].append(_fact("At work then", ", ".join(record["active_steps"]) or "no step"))
        result = record.get("result")
        if result is not None:
            made["fields"] = result.get("fields") if "fields" in result else {"result": result.get("value")}
            made["fields_title"] = f"Result, {result.get('type')}"
        if record.get("error", {}) and (record["error"] or {}).get("seq"):
            made["facts"].append(
                _fact(
                    "Raised in",
                    f"{record['error'].get('step')} #{record['error']['seq']}",
                    record["error"]["seq"],
                )
            )
        return
    hidden = ("seq", "t", "kind", "version")
    made["fields"] = {name: value for name, value in record.items() if name not in hidden and value is not None} or None
    if record["kind"] == "run_started":
        made["facts"].append(_fact("Started", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record["t"]))))


def _led(record: Record, relations: Relations) -> list[dict[str, Any]]:
    """The chain of events and steps that led to a record, oldest first, at most six links."""
    chain: list[dict[str, Any]] = []
    current: Record | None = record
    while current is not None and len(chain) < LED:
        current = _before(current, relations)
        if current is not None:
            is_event = current["kind"] == "event"
            chain.append(
                {
                    "text": current["type"] if is_event else current["step"],
                    "sign": "event" if is_event else "step",
                    "seq": current["seq"],
                }
            )
    return chain[::-1]


def _before(record: Record, relations: Relations) -> Record | None:
    if record["kind"] == "event":
        if record.get("prompt"):
            return relations.prompt.get(record["prompt"]) and relations.event.get(
                relations.prompt[record["prompt"]].get("event") or ""
            )
        return relations.started.get(record.get("by") or "")
    if record["kind"] == "prompt":
        return relations.event.get(record.get("event") or "") or relations.started.get(record.get("invocation") or "")
    keys = [key for key in record.get("consumed") or [] if key]
    return relations.event.get(keys[-1]) if keys else None


def holds_cut(value: Any) -> bool:
    """Whether anything in recorded JSON was left out for want of room."""
    if isinstance(value, list):
        return any(holds_cut(item) for item in value)
    if not isinstance(value, dict):
        return False
    mark = mark_of(value)
    if mark == "$table":
        return bool(len(value["$table"]) < value["rows"] or "width" in value)
    if mark == "$image":
        return "data" not in value
    if mark:
        return mark == "$cut" or (mark == "$repr" and ("size" in value or value.get("type") == "ndarray"))
    return is_more(value) or isinstance(value.get("$more"), int) or any(holds_cut(item) for item in value.values())
