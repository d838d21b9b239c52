"""The record vocabulary: every kind, and what its fields mean.

A record is a JSON object with `seq` (from 1, no gaps within a run), `t` (epoch seconds) and `kind`. Kinds and fields
may be added; those that exist keep their meaning for ever, and a reader keeps and shows kinds it doesn't know. A record
that stands for several has `upto`, and the next record's seq follows that.

Keys of events: `invocation_3.0` (what invocation_3 sent or returned, counted in order), `x4` (came from outside, as
the journal's tick 4), `invocation_3.s0` (only written to the stream). They are the same after a restart.

Any record may have the field `engine`: what changed in the engine's own state (queues, busy workers, what gathers,
waiters) since the record before, in the form that engine_changes.py gives. Its fold (trace/engine_state.py) is the
state after the last tick that the engine had reduced when the record was written. A session's first tells everything
(`whole`); records of a thread of the user's own have none.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

KINDS: Final[dict[str, str]] = {
    "run_started": (
        "A session of the run begins. version, workflow, module, file, timeout (seconds or null), session (from 1), "
        "resumed, parent_run, parent_invocation; program and pid of one that was started elsewhere"
    ),
    "event": (
        "An event instance. key, type, module, fields, by (invocation or null), via (start | outside | answer | sent | "
        "returned | fanned_out | streamed | prompt | failure), from_step (or null), to_step (for one sent to a step), "
        "prompt and who {name, verified, at} (for an answer; who is null if nobody is known), same_as (the key under "
        "which this very object was recorded before). A returned prompt or stop event is written to the stream as well"
    ),
    "streamed": "An event that has its own record was also written to the stream. key, by",
    "invocation_started": (
        "A step began. invocation, step, consumed (keys), worker (from 0), workers, attempt (from 1), "
        "queue_ms (or null), work_item (the same again after a wait or a retry), takes {type: count}"
    ),
    "invocation_ended": (
        "A step ended. invocation, step, outcome (ok | error | waiting | buffered | cancelled | again: the engine "
        "threw the result away and runs the step anew), took_ms, gave (keys), gives {type: count}, joined (keys that "
        "collect_events released), buffer and buffered (key kept by collect_events), error (type, message, traceback, "
        "frames, earlier), retry_in (seconds), handled_by (the @catch_error step that took the failure up: it gets the "
        "event of via failure whose `by` is this invocation)"
    ),
    "store_written": (
        "ctx.store was written. op (set | set_state | edit_state | clear), invocation, step, namespace (of one "
        "other than the run's own), changes {path: [old, new]}, removed (names that are gone; their new value is null)"
    ),
    "printed": (
        "What a run's code wrote to a standard stream, in whole lines; a line left unfinished for 2 s, or when its "
        "step or the run ended, as far as it was; empty lines alone are left out. stream (stdout | stderr), text, "
        "invocation (null: the engine, a thread of the code's own, a subprocess), step, shared (only for what "
        "subprocesses and C code wrote: whether several runs were active then, each of which has this record). t is "
        "when it began"
    ),
    "logged": (
        "A message that a run's code logged. level (such as WARNING), logger (its name), text, invocation and step (as "
        "in printed), error (the exception that was logged with it, as in invocation_ended)"
    ),
    "output_left_out": (
        "More was printed or logged than is recorded of one run. what (printed | logged), lines and characters (null "
        "when it begins; in the end, how much), log (the file of the runner that has it all while it lives, or null)"
    ),
    "call_started": (
        "A step called a language model, an embedding, a retriever, a tool, or another part that LlamaIndex or its "
        "author made a span. call (key), parent (key of the call around it, or null), what (llm | embedding | "
        "retriever | tool | query | other), name (class and method; a tool's own name), invocation, step, model, "
        "messages [{role, content, tool_calls, tool_call_id}] and left_out (how many after the first were too much to "
        "keep), or input; options (a model's further arguments)"
    ),
    "call_ended": (
        "A call is over; a stream's is when its last piece has been read. call, what, name, invocation, step, took_ms, "
        "outcome (ok | error | cancelled: also a stream that was not read to its end | waiting: a tool that waits for "
        "an answer, its step runs again), completion, tool_calls [{name, arguments}], tokens {prompt, completion, "
        "total}, chunks (pieces of a stream, joined in completion), first_ms (until the first of them), output (for an "
        "embedding {texts, dimension}), error (as in invocation_ended)"
    ),
    "child_not_recorded": ("A step ran a workflow that isn't recorded. workflow, module, invocation, step, why"),
    "prompt": "A person is asked. prompt, event (key or null), step, invocation, text, answer (type)",
    "prompt_expired": "The time a step gave for an answer is up; the step gets a TimeoutError. prompt",
    "waiting": (
        "Nothing but a person's answer can go on. prompts, saved (whether a checkpoint was kept as well), held (by the "
        "user's own program, for a run that was started elsewhere)"
    ),
    "not_saved": "The run can't be written down any more: it can't outlive its runner. why",
    "saved": "The run can be written down again",
    "unloaded": "The run left memory; its time limit stands still",
    "stalled": "Nothing is running, queued or waited for; the run can only reach its time limit",
    "blocked": (
        "The event loop has been busy. step (whose code keeps it so; null: the engine's own), place (its line, such as "
        "`search.py, line 12`), queued (events in the engine's queues then), seconds, since (epoch seconds), lock "
        "(true: code held the interpreter, so that this was written afterwards)"
    ),
    "unblocked": "The event loop turns again. seconds",
    "cancel_asked": "Someone asked for the end of the run. by",
    "records_missing": (
        "Records that could not be kept: the database did not take any for so long that there was no room for more. "
        "upto (the seq of the last one; the next record's seq follows it), count, since and until (epoch seconds in "
        "which they were made), why (a sentence)"
    ),
    "records_unreadable": (
        "Made when reading, in place of records whose bytes are damaged. upto and count (as in records_missing)"
    ),
    "run_ended": (
        "The run is over. status, result, error, active_steps (those that the time limit found at work); of an "
        "interrupted one, which may be resumed, also running (steps in flight, one entry an invocation), kept (how "
        "many invocations had ended) and withdrawn (prompts that were open, and are again once it is resumed)"
    ),
    "resumed": (
        "An interrupted run is live again, and a runner takes it up from the last saved moment. by, session (the one "
        "that begins), again (steps that were in flight and run again, one entry an invocation), kept (invocations "
        "that don't), why (in words, where Stepscope had ended its process on behalf of another run: then no run_ended "
        "stands before)"
    ),
}


def is_kept(outcome: str, retries: bool) -> bool:
    """Whether an invocation that ended so doesn't run again, should its run be resumed."""
    return outcome in ("ok", "buffered") or (outcome == "error" and not retries)
