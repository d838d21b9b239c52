"""What Python's own functions make of events, lists of them and functions: the ones that people's steps use."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inspectors.discovery.names import Target, classes_of, dotted_name, resolve
from inspectors.graph.values import (
    NONE,
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Instance,
    Literal,
    Mapping,
    Partial,
    Sequence,
    SuperValue,
    Unknown,
    Value,
    Values,
    is_told,
    items_of,
    joined,
    length_of,
    literal_value,
    many,
    number_of,
    sequence,
    texts_of,
    union,
)

if TYPE_CHECKING:
    from inspectors.graph.calls import Calls
    from inspectors.graph.frames import Frame


@dataclass
class Given:
    """What a call is given."""

    call: ast.Call
    args: list[Values]
    words: dict[str, Values]
    """By name; "*" for items of a list whose length can't be told."""
    starred: list[Values] = field(default_factory=list)

    @classmethod
    def unread(cls, args: list[Values], words: dict[str, Values], line: int) -> Given:
        """What a call is given that no expression stands for, such as one that other code makes."""
        return cls(ast.Call(ast.Name("?"), [], [], lineno=line, col_offset=0), args, words)

    def get(self, position: int, name: str) -> Values | None:
        """An argument by its place or its name."""
        if position < len(self.args):
            return self.args[position]
        return self.words.get(name) or self.words.get("*")


Handler = Callable[["Calls", "Frame", Given], Values]


def _first(reader: Calls, frame: Frame, given: Given) -> Values:
    return given.args[0] if given.args else next(iter(given.words.values()), UNKNOWN)


def _as_list(reader: Calls, frame: Frame, given: Given) -> Values:
    if not given.args:
        return (sequence([]),)
    found = [
        value if isinstance(value, Sequence) else many(items_of([value]), length_of((value,)))
        for value in given.args[0]
    ]
    return tuple(dict.fromkeys(found)) or (many(UNKNOWN, None),)


def _gathered(reader: Calls, frame: Frame, given: Given) -> Values:
    found = sequence(given.args)
    if "*" in given.words:
        found = joined(found, many(given.words["*"], None))
    return (found,)


def _waited(reader: Calls, frame: Frame, given: Given) -> Values:
    """`done, pending = await asyncio.wait(tasks)`."""
    tasks = _as_list(reader, frame, given)
    return (sequence([tasks, tasks]),)


def _partial(reader: Calls, frame: Frame, given: Given) -> Values:
    if not given.args:
        return UNKNOWN
    words = tuple(sorted(given.words.items()))
    return tuple(Partial(function, tuple(given.args[1:]), words) for function in given.args[0])


def _invoked(reader: Calls, frame: Frame, given: Given) -> Values:
    if not given.args:
        return UNKNOWN
    return union(*(reader.invoke(one, given.args[1:], given.words, given.call.lineno) for one in given.args[0]))


def _chosen(reader: Calls, frame: Frame, given: Given) -> Values:
    return items_of(given.args[0]) or UNKNOWN if given.args else UNKNOWN


def _chosen_many(reader: Calls, frame: Frame, given: Given) -> Values:
    return (many(_chosen(reader, frame, given), None),)


def _cast(reader: Calls, frame: Frame, given: Given) -> Values:
    if len(given.args) < 2:
        return UNKNOWN
    if is_told(given.args[1]):
        return given.args[1]
    return reader.annotated(frame.module, given.call.args[0], frame.scope, given.call.lineno)


def _chained(reader: Calls, frame: Frame, given: Given) -> Values:
    found = sequence([])
    for values in given.args:
        for value in values:
            found = joined(found, value if isinstance(value, Sequence) else many(items_of([value]), None))
    if "*" in given.words:
        found = joined(found, many(items_of(given.words["*"]), None))
    return (found,)


def _flattened(reader: Calls, frame: Frame, given: Given) -> Values:
    return (many(items_of(items_of(given.args[0])), None),) if given.args else UNKNOWN


def _reduced(reader: Calls, frame: Frame, given: Given) -> Values:
    """`functools.reduce(function, items, start)`: what the function gives is handed to it again."""
    if len(given.args) < 2:
        return UNKNOWN
    item = items_of(given.args[1]) or UNKNOWN
    found = given.args[2] if len(given.args) > 2 else item
    for _ in range(2):
        step = (reader.invoke(one, [found, item], {}, given.call.lineno) for one in given.args[0])
        found = union(found, *step)
    return found


def _pushed(reader: Calls, frame: Frame, given: Given) -> Values:
    """`heapq.heappush(heap, item)`."""
    holder, *items = given.call.args
    append = ast.Call(ast.Attribute(holder, "append", ast.Load()), items[:1], [])
    reader.eval(frame, ast.fix_missing_locations(ast.copy_location(append, given.call)))
    return NONE


def _product(reader: Calls, frame: Frame, given: Given) -> Values:
    """`itertools.product(a, b)`: pairs of what is in them."""
    return (many((sequence([items_of(values) or UNKNOWN for values in given.args]),), None),)


def _repeat(reader: Calls, frame: Frame, given: Given) -> Values:
    if not given.args:
        return UNKNOWN
    return (many(given.args[0], number_of(given.args[1]) if len(given.args) > 1 else None),)


def _enumerated(reader: Calls, frame: Frame, given: Given) -> Values:
    iterated = given.args[0] if given.args else ()
    rounds = reader.rounds_of(iterated)
    if rounds and all(number == 1 for _, number in rounds):
        return (sequence((sequence([UNKNOWN, values]),) for values, _ in rounds),)
    return (many((sequence([UNKNOWN, items_of(iterated)]),), length_of(iterated)),)


def _zipped(reader: Calls, frame: Frame, given: Given) -> Values:
    rounds = [reader.rounds_of(values) for values in given.args]
    if rounds and all(part and all(number == 1 for _, number in part) for part in rounds):
        return (sequence((sequence([part[0] for part in parts]),) for parts in zip(*rounds, strict=False)),)
    lengths = [length for values in given.args if (length := length_of(values)) is not None]
    pair = sequence([items_of(values) for values in given.args])
    return (many((pair,), min(lengths, default=None)),)


def _mapped(reader: Calls, frame: Frame, given: Given) -> Values:
    if len(given.args) < 2:
        return UNKNOWN
    return union(*(reader.each(function, given.args[1], given.call.lineno) for function in given.args[0]))


def _filtered(reader: Calls, frame: Frame, given: Given) -> Values:
    return (many(items_of(given.args[1]), None),) if len(given.args) > 1 else UNKNOWN


def _next(reader: Calls, frame: Frame, given: Given) -> Values:
    return union(items_of(given.args[0]), *given.args[1:2]) or UNKNOWN if given.args else UNKNOWN


def _range(reader: Calls, frame: Frame, given: Given) -> Values:
    numbers = [number_of(values) for values in given.args]
    known = [number for number in numbers if number is not None]
    length = None
    if known and len(known) == len(numbers) <= 3 and known[2:] != [0]:
        length = len(range(*known))
    return (many(UNKNOWN, length),)


def _length(reader: Calls, frame: Frame, given: Given) -> Values:
    length = length_of(given.args[0]) if given.args else None
    return UNKNOWN if length is None else (literal_value(length),)


def _getattr(reader: Calls, frame: Frame, given: Given) -> Values:
    if len(given.args) < 2:
        return UNKNOWN
    found: list[Values] = [
        reader.of_target(target)
        for text in texts_of(given.args[1])
        if (target := _of_module(frame, given.call.args[0], text)) is not None
    ]
    for value in given.args[0]:
        names = [*texts_of(given.args[1]), *_fitting(value, given.args[1])]
        found += [reader.get(frame, value, name, given.call.lineno) for name in names]
    return union(*(values for values in found if is_told(values)), *given.args[2:3]) or UNKNOWN


def _of_module(frame: Frame, holder: ast.expr, name: str) -> Target | None:
    """What `getattr(module, name)` means, for an imported module."""
    dotted = dotted_name(holder)
    if not dotted or dotted.partition(".")[0] not in frame.module.imports:
        return None
    target = resolve(frame.module, f"{dotted}.{name}", frame.scope)
    return target if target is not None and (target.engine or target.node is not None) else None


def _fitting(value: Value, names: Values) -> list[str]:
    """The methods of an object that `f"handle_{kind}"` may name."""
    patterns = [one.value for one in names if isinstance(one, Literal) and one.kind == "pattern"]
    if not patterns or not isinstance(value, (Instance, ClassValue)):
        return []
    return [
        child.name
        for _, node in classes_of(value.target)
        for child in node.body
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any(child.name.startswith(first) and child.name.endswith(last) for first, last in patterns)
    ]


def _type(reader: Calls, frame: Frame, given: Given) -> Values:
    values = given.args[0] if len(given.args) == 1 else ()
    return tuple(ClassValue(one.target) for one in values if isinstance(one, Instance)) or UNKNOWN


def _super(reader: Calls, frame: Frame, given: Given) -> Values:
    if frame.owner is None or frame.holder is None:
        return UNKNOWN
    return (SuperValue(frame.owner, frame.holder),)


def _dict(reader: Calls, frame: Frame, given: Given) -> Values:
    entries = tuple((Literal(name, "str"), values) for name, values in given.words.items() if name != "*")
    rest: Values = ()
    keys: Values = tuple(key for key, _ in entries)
    for value in given.args[0] if given.args else ():
        if isinstance(value, Mapping):
            entries += value.entries
            rest, keys = union(rest, value.rest), union(keys, value.keys)
        else:
            for pair in items_of([value]):
                places = pair.places if isinstance(pair, Sequence) else None
                rest = union(rest, places[1] if places and len(places) == 2 else UNKNOWN)
    return (Mapping(entries, rest, keys),)


def _default_dict(reader: Calls, frame: Frame, given: Given) -> Values:
    return (Mapping(),)


def _field(reader: Calls, frame: Frame, given: Given) -> Values:
    """The default of a field: pydantic's or a dataclass's."""
    made = given.words.get("default_factory", ())
    found = union(*(reader.invoke(one, [], {}, given.call.lineno) for one in made if not isinstance(one, Unknown)))
    return union(found, given.words.get("default") or (given.args[0] if given.args else ())) or UNKNOWN


def _adapter(reader: Calls, frame: Frame, given: Given) -> Values:
    """`TypeAdapter(A | B)`: what it will make."""
    return reader.annotated(frame.module, given.call.args[0], frame.scope, given.call.lineno) if given.args else UNKNOWN


def _nothing(reader: Calls, frame: Frame, given: Given) -> Values:
    return NONE


def _tool(calls: Calls, frame: Frame, given: Given) -> Values:
    """A tool for an agent."""
    made = resolve(frame.module, given.call.func, frame.scope) or Target("", "tool")
    return (calls.make_tool(Target(made.module, made.qualname.removesuffix(".from_defaults")), given),)


LIBRARY: dict[str, Handler] = {
    **{
        f"llama_index.core.tools.{place}{kind}{way}": _tool
        for kind, file in (
            ("FunctionTool", "function_tool."),
            ("QueryEngineTool", "query_engine."),
            ("RetrieverTool", "retriever_tool."),
        )
        for place in ("", file)
        for way in ("", ".from_defaults")
    },
    **dict.fromkeys(("pydantic.Field", "pydantic.PrivateAttr", "pydantic.fields.Field", "dataclasses.field"), _field),
    "llama_index.core.bridge.pydantic.Field": _field,
    "llama_index.core.bridge.pydantic.PrivateAttr": _field,
    "pydantic.TypeAdapter": _adapter,
    "functools.partial": _partial,
    "functools.reduce": _reduced,
    "heapq.heappush": _pushed,
    "heapq.heappop": _chosen,
    "bisect.insort": _pushed,
    "asyncio.gather": _gathered,
    "asyncio.wait": _waited,
    "asyncio.run_coroutine_threadsafe": _first,
    "concurrent.futures.wait": _waited,
    "concurrent.futures.as_completed": _as_list,
    "anyio.to_thread.run_sync": _invoked,
    **dict.fromkeys((f"{place}.concurrency.run_in_threadpool" for place in ("starlette", "fastapi")), _invoked),
    "asyncio.as_completed": _as_list,
    "asyncio.create_task": _first,
    "asyncio.ensure_future": _first,
    "asyncio.wait_for": _first,
    "asyncio.shield": _first,
    "asyncio.run": _first,
    "asyncio.sleep": _nothing,
    "asyncio.to_thread": _invoked,
    **dict.fromkeys(
        (
            *(f"{place}.{kind}Queue" for place in ("asyncio", "queue") for kind in ("", "Lifo", "Priority")),
            "queue.SimpleQueue",
            *(f"{place}.tqdm" for place in ("tqdm", "tqdm.auto", "tqdm.asyncio", "tqdm.notebook")),
            *(f"llama_index.core.{place}.run_jobs" for place in ("async_utils", "utils")),
        ),
        _as_list,
    ),
    "tqdm.asyncio.tqdm.gather": _gathered,
    "tqdm.asyncio.tqdm_asyncio.gather": _gathered,
    "llama_index.core.async_utils.asyncio_run": _first,
    "collections.deque": _as_list,
    "collections.defaultdict": _default_dict,
    "collections.OrderedDict": _dict,
    **dict.fromkeys(("copy.copy", "copy.deepcopy"), _first),
    "random.choice": _chosen,
    "random.choices": _chosen_many,
    "random.sample": _as_list,
    "typing.cast": _cast,
    "itertools.chain": _chained,
    "itertools.chain.from_iterable": _flattened,
    "itertools.product": _product,
    "itertools.zip_longest": _zipped,
    "itertools.repeat": _repeat,
    "itertools.cycle": _as_list,
    "itertools.islice": _chosen_many,
}
"""Functions of the standard library, and tools for agents, by the dotted name they were imported under."""

_BUILTINS: dict[str, Handler] = {
    "list": _as_list,
    "tuple": _as_list,
    "set": _as_list,
    "frozenset": _as_list,
    "sorted": _as_list,
    "reversed": _as_list,
    "iter": _as_list,
    "aiter": _as_list,
    "enumerate": _enumerated,
    "zip": _zipped,
    "map": _mapped,
    "filter": _filtered,
    "next": _next,
    "anext": _next,
    "range": _range,
    "len": _length,
    "getattr": _getattr,
    "type": _type,
    "super": _super,
    "dict": _dict,
    "min": _chosen,
    "max": _chosen,
}


def builtin_call(reader: Calls, frame: Frame, name: str, given: Given) -> Values:
    """What one of Python's own functions gives."""
    handler = _BUILTINS.get(name)
    return handler(reader, frame, given) if handler else UNKNOWN


__all__ = ["LIBRARY", "FunctionValue", "Given", "builtin_call"]
