"""What happened in a run as rows and as pandas DataFrames: records, invocations, events, and summaries of both.

pandas is imported where a DataFrame is made and not before: a runner imports none of this, and `import inspectors`
stays quick.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]

RECORDS = ("seq", "t", "dt", "kind", "step", "invocation", "record")
INVOCATIONS = (
    *("invocation", "step", "outcome", "attempt", "queue_ms", "took_ms", "started", "ended", "worker", "work_item"),
    *("takes", "gives", "error_type", "error", "retry_in_ms", "handled_by", "seq", "ended_seq"),
)
EVENTS = ("key", "type", "module", "via", "from_step", "by", "t", "fields", "taken_by", "seq")
WHOLE = ("seq", "ended_seq", "attempt", "worker")
"""Columns of whole numbers, of which some may be missing."""
WELL = ("ok", "buffered")
"""Outcomes of invocations that came to their end: only their times are summed up."""
STEP_COUNTS = {
    "done": WELL,
    "errors": ("failed", "recovered", "retried"),
    "retried": ("retried",),
    "waited": ("waiting",),
    "cancelled": ("cancelled", "unfinished"),
    "running": ("running",),
}
"""Columns of `steps_frame`, and the outcomes that each counts."""
STEPS = ("step", "invocations", *STEP_COUNTS, "median_ms", "p95_ms", "total_ms", "queue_median_ms", "queue_p95_ms")
EVENT_TYPES = ("type", "events", "streamed", "taken", "wait_median_ms", "wait_p95_ms")


def outcome_of(ended: Record) -> str:
    """How an invocation ended: the record's own word, an error by what follows it: failed, recovered, retried."""
    outcome = str(ended["outcome"])
    if outcome != "error":
        return outcome
    return "recovered" if ended.get("handled_by") else "retried" if ended.get("retry_in") is not None else "failed"


# -- rows -------------------------------------------------------------------------------------------


def record_rows(records: Iterable[Record]) -> Iterator[Record]:
    """A row a record, its fields whole in `record`; `dt` counts from the first."""
    began: float | None = None
    for record in records:
        began = record["t"] if began is None else began
        yield {
            "seq": record["seq"],
            "t": record["t"],
            "dt": round(record["t"] - began, 6),
            "kind": record["kind"],
            "step": record.get("step") or record.get("from_step"),
            "invocation": record.get("invocation") or record.get("by"),
            "record": record,
        }


def invocation_rows(records: Iterable[Record]) -> Iterator[Record]:
    """A row an invocation, as they end; those that never did come last (running, or unfinished in an ended run)."""
    open_ones: dict[str, Record] = {}
    for record in records:
        kind = record["kind"]
        if kind == "invocation_started":
            open_ones[record["invocation"]] = _begun(record)
        elif kind == "invocation_ended":
            row = open_ones.pop(record["invocation"], None) or {**dict.fromkeys(INVOCATIONS), "step": record["step"]}
            error = record.get("error") or {}
            row.update(
                invocation=record["invocation"],
                outcome=outcome_of(record),
                took_ms=record.get("took_ms"),
                ended=record["t"],
                gives=record.get("gives") or {},
                error_type=error.get("type"),
                error=error.get("message"),
                retry_in_ms=record["retry_in"] * 1000 if record.get("retry_in") is not None else None,
                handled_by=record.get("handled_by"),
                ended_seq=record["seq"],
            )
            yield row
        elif kind in ("run_ended", "resumed"):
            yield from ({**row, "outcome": "unfinished"} for row in open_ones.values())
            open_ones.clear()
    yield from open_ones.values()


def _begun(record: Record) -> Record:
    return {
        **dict.fromkeys(INVOCATIONS),
        "invocation": record["invocation"],
        "step": record["step"],
        "outcome": "running",
        "attempt": record.get("attempt") or 1,
        "queue_ms": record.get("queue_ms"),
        "started": record["t"],
        "worker": record.get("worker"),
        "work_item": record.get("work_item"),
        "takes": record.get("takes") or {},
        "gives": {},
        "seq": record["seq"],
    }


def event_rows(records: Iterable[Record]) -> Iterator[Record]:
    """A row an event, with the invocations that took it; an object that was sent twice has a row each time."""
    rows: dict[str, Record] = {}
    for record in records:
        if record["kind"] == "event":
            row = {name: record.get(name) for name in EVENTS}
            rows[record["key"]] = {**row, "fields": record.get("fields") or {}, "taken_by": []}
        elif record["kind"] == "invocation_started":
            for key in record.get("consumed") or []:
                if key in rows:
                    rows[key]["taken_by"].append(record["invocation"])
    yield from rows.values()


# -- DataFrames -------------------------------------------------------------------------------------


def records_frame(records: Iterable[Record]) -> pd.DataFrame:
    """`record_rows` as a DataFrame."""
    return _frame(record_rows(records), RECORDS, times=("t",))


def invocations_frame(records: Iterable[Record]) -> pd.DataFrame:
    """`invocation_rows` as a DataFrame, in the order in which they began."""
    frame = _frame(invocation_rows(records), INVOCATIONS, times=("started", "ended"))
    return frame.sort_values("seq", ignore_index=True)


def events_frame(records: Iterable[Record]) -> pd.DataFrame:
    """`event_rows` as a DataFrame."""
    return _frame(event_rows(records), EVENTS, times=("t",))


def _frame(rows: Iterable[Record], columns: tuple[str, ...], times: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    made = pd.DataFrame(list(rows), columns=list(columns))
    for name in times:
        made[name] = pd.to_datetime(made[name], unit="s", utc=True).dt.round("us")
    for name in made.columns:
        if name.endswith("_ms"):
            made[name] = pd.to_numeric(made[name]).astype(float)
        elif name in WHOLE:
            made[name] = made[name].astype("Int64")
    return made


def steps_frame(invocations: pd.DataFrame) -> pd.DataFrame:
    """A row a step, in the order in which they first began, from `step`, `outcome`, `took_ms` and `queue_ms`.

    Counts are invocations; `errors` are all that failed, mended or not. Times are of those that came to their end;
    without any they are NaN.
    """
    import pandas as pd

    if invocations.empty:
        return pd.DataFrame(columns=list(STEPS))
    order = invocations["step"].drop_duplicates()
    made = pd.DataFrame({"invocations": invocations.groupby("step", observed=True).size()})
    for name, outcomes in STEP_COUNTS.items():
        chosen = invocations.loc[invocations["outcome"].isin(outcomes), "step"]
        made[name] = chosen.value_counts().reindex(made.index).fillna(0).astype(int)
    took = invocations[invocations["outcome"].isin(WELL)].groupby("step", observed=True)["took_ms"]
    queue = invocations.groupby("step", observed=True)["queue_ms"]
    made["median_ms"], made["p95_ms"], made["total_ms"] = took.median(), took.quantile(0.95), took.sum()
    made["queue_median_ms"], made["queue_p95_ms"] = queue.median(), queue.quantile(0.95)
    made.index = made.index.astype(str)
    return made.reindex(order.astype(str)).rename_axis("step").reset_index()


def event_types_frame(counts: pd.DataFrame, taken: pd.DataFrame) -> pd.DataFrame:
    """A row an event type, in the order in which they first came.

    `counts` has `type`, `events` and `streamed`; `taken` a row for each time that a step took one: `type`, `queue_ms`,
    how long it lay in the queue before.
    """
    made = counts.set_index("type")
    waits = taken.groupby("type", observed=True)["queue_ms"]
    sizes, median, p95 = waits.size(), waits.median(), waits.quantile(0.95)
    for found in (sizes, median, p95):
        found.index = found.index.astype(str)
    made["taken"] = sizes.reindex(made.index).fillna(0).astype(int)
    made["wait_median_ms"], made["wait_p95_ms"] = median, p95
    return made.reset_index()[list(EVENT_TYPES)]


def plain(frame: pd.DataFrame) -> list[Record]:
    """The rows of a summary as JSON data: numbers rounded to microseconds, None where there are none."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value, 3) if value == value else None
