"""Follows calls: helpers, constructors, methods of objects, and functions that are handed over."""

from __future__ import annotations

import ast
from dataclasses import replace

from inspectors.discovery.modules import Function
from inspectors.discovery.names import Target, engine_target, lineage, resolve
from inspectors.graph.annotations import is_event, is_workflow, may_be_event
from inspectors.graph.attributes import is_written
from inspectors.graph.context_calls import CONTEXT_METHODS
from inspectors.graph.facts import Facts, Streamed, times_counts
from inspectors.graph.frames import DEPTH, Frame, Shared, flat, is_builtin, is_held
from inspectors.graph.handing import leads_on
from inspectors.graph.library import LIBRARY, Given, builtin_call
from inspectors.graph.named_calls import NamedCalls
from inspectors.graph.tool_calls import TOOL_CALLS, has_constructor, holds_function, is_tool
from inspectors.graph.values import (
    ADDS,
    CONTEXT,
    NONE,
    UNKNOWN,
    ClassValue,
    ContextMethod,
    ContextValue,
    FunctionValue,
    Instance,
    Literal,
    Mapping,
    Partial,
    Run,
    Sequence,
    StoreValue,
    SuperValue,
    Unknown,
    Value,
    Values,
    is_told,
    items_of,
    joined,
    length_of,
    many,
    sequence,
    texts_of,
    union,
    worth_following,
)

INTERNAL = ("StepStateChanged", "WorkflowIdleEvent")
"""What the engine itself writes to a stream, for whoever asks for it."""
_RUNS = ("run", "run_nowait")
_COPIES = {"model_copy", "copy", "__copy__"}
_VALIDATES = {"validate_python", "validate_json", "validate_strings"}
"""Of a `TypeAdapter`, which is taken for what it makes."""
_MAKES = {"model_validate", "model_validate_json", "model_construct", "parse_obj", "parse_raw", "from_orm", "construct"}


def _held_under(holder: ast.expr) -> ast.expr:
    """`groups.setdefault(key, [])` holds what `groups[key]` does."""
    called = holder.func if isinstance(holder, ast.Call) and holder.args else None
    if isinstance(holder, ast.Call) and isinstance(called, ast.Attribute) and called.attr == "setdefault":
        return ast.copy_location(ast.Subscript(called.value, holder.args[0], ast.Load()), holder)
    return holder


class Calls(NamedCalls):
    """Evaluates calls; bodies of functions are left to who derives from it."""

    def __init__(self, shared: Shared, facts: Facts) -> None:
        super().__init__(shared, facts)
        self.filled: dict[int, tuple[Values, Values]] = {}
        """Lists and dicts that the helper called last was handed, by identity, with what they hold now."""

    def run_body(self, frame: Frame, body: list[ast.stmt]) -> bool:
        """Follow statements; False if their end is never reached."""
        raise NotImplementedError

    def call(self, frame: Frame, call: ast.Call) -> Values:
        """What a call gives."""
        found = self._called(frame, call)
        if self.rebound:
            self.take_rebound(frame)
        if self.filled:
            # A helper that was handed a list put something into it.
            for name, values in frame.env.items():
                before, after = self.filled.get(id(values), ((), ()))
                if before is values:
                    frame.env[name] = union(before, after)
            self.filled = {}
        return found

    def _called(self, frame: Frame, call: ast.Call) -> Values:
        given = self._given(frame, call)
        func = call.func
        if isinstance(func, ast.Attribute) and not self._is_module(frame, func):
            if given.args and func.attr in (*ADDS, "extend"):
                added = given.args[-1] if func.attr != "extend" else items_of(given.args[-1])
                if self._added_inside(frame, _held_under(func.value), added):
                    return NONE
            receivers = self.eval(frame, func.value)
            found = [self._method(frame, one, func, given) for one in receivers]
            return union(*found) if found else UNKNOWN
        if isinstance(func, ast.Name) and not self._is_variable(frame, func.id):
            known = resolve(frame.module, func.id, frame.scope)
            if (known and known.module == "builtins") or (known and not known.known and is_builtin(func.id)):
                return builtin_call(self, frame, func.id, given)
        target = self._library(frame, func)
        if target is not None:
            return LIBRARY[target](self, frame, given)
        return union(*(self.invoke(one, given.args, given.words, call.lineno) for one in self.eval(frame, func)))

    # Methods.

    def _method(self, frame: Frame, receiver: Value, func: ast.Attribute, given: Given) -> Values:
        name, line = func.attr, given.call.lineno
        if name == "result" and not given.args and isinstance(receiver, (Sequence, Mapping, FunctionValue, Literal)):
            return (receiver,)  # of a task, which is what it will give
        match receiver:
            case ContextValue():
                return self._of_context(name, given)
            case StoreValue():
                methods = tuple(one for one in self._of_state(name) if isinstance(one, FunctionValue))
                if methods:
                    return union(*(self.invoke(one, given.args, given.words, line) for one in methods))
                return self._of_store(name, given)
            case Run(workflow=workflow):
                if name == "stream_events":
                    streams = self.streams_of(workflow)
                    made: list[Value] = [Instance(target, line) for target in streams.targets]
                    if given.words.get("expose_internal", (Literal(False, "bool"),)) != (Literal(False, "bool"),):
                        made += [Instance(engine_target(internal), line) for internal in INTERNAL]
                    return (many(tuple(made) if made and streams.told else union(made, UNKNOWN), None),)
                # What is sent or asked through a handler is the child's.
                return UNKNOWN
            case Instance():
                return self._of_object(frame, receiver, name, given)
            case ClassValue(target=target):
                return self._of_class_value(frame, receiver, target, name, given)
            case SuperValue():
                return self._of_super_method(frame, receiver, name, given)
            case Sequence():
                return self._of_sequence(frame, receiver, func, given)
            case Mapping():
                return self._of_mapping(frame, receiver, func, given)
            case FunctionValue() | Partial() | ContextMethod():
                return UNKNOWN
        if name in CONTEXT_METHODS:
            return self._of_context(name, given)
        return self._of_executor(name, given)

    def _of_super_method(self, frame: Frame, receiver: SuperValue, name: str, given: Given) -> Values:
        found, line, owner = self.get(frame, receiver, name, given.call.lineno), given.call.lineno, receiver.owner
        if found != UNKNOWN:
            return union(*(self.invoke(one, given.args, given.words, line) for one in found))
        if name in _RUNS and isinstance(owner, Instance) and is_workflow(owner.target):
            return self._started(owner, line)
        if not self.left_to_tool(frame, receiver, name, given):
            self.escape(given)
        return UNKNOWN

    def _started(self, child: Instance, line: int) -> Values:
        self.facts.starts.setdefault(child.target, self.line(line))
        self.facts.started.setdefault(child.target, child)
        return (Run(child),)

    def _of_object(self, frame: Frame, receiver: Instance, name: str, given: Given) -> Values:
        line, target = given.call.lineno, receiver.target
        # A flow may run itself; what it has in place of `run` is followed like any method of its own.
        runs = name in _RUNS and is_workflow(target)
        if runs and (receiver != frame.owner or self.get(frame, receiver, name, line) == UNKNOWN):
            return self._started(receiver, line)
        if name in TOOL_CALLS and holds_function(receiver):
            return self.call_tool(receiver, given.args, given.words, line, name)
        if name in _COPIES or name in _VALIDATES:
            return (replace(receiver, line=line),)
        if is_event(target) and name == "get" and given.args:
            texts = texts_of(given.args[0])
            found = self.get(frame, receiver, texts[0], line) if texts else UNKNOWN
            return union(found, given.get(1, "default") or ())
        found = self.get(frame, receiver, name, line)
        if found == UNKNOWN and name in CONTEXT_METHODS and not is_workflow(target):
            return self._of_context(name, given)
        if found == UNKNOWN and name == "result" and not given.args:
            return (receiver,)
        if found == UNKNOWN and target.node is None and not is_event(target):
            return self._of_executor(name, given)
        return union(*(self.invoke(one, given.args, given.words, line, given) for one in found))

    def _of_class_value(self, frame: Frame, receiver: ClassValue, target: Target, name: str, given: Given) -> Values:
        found = self.get(frame, receiver, name, given.call.lineno)
        if found == UNKNOWN and name == "from_defaults" and is_tool(target):
            return (self.make_tool(target, given),)
        if found == UNKNOWN and name in _MAKES and (is_event(target) or target.node is not None):
            return (Instance(target, given.call.lineno),)
        return union(*(self.invoke(one, given.args, given.words, given.call.lineno, given) for one in found))

    # What is called.

    def invoke(
        self, value: Value, args: list[Values], words: dict[str, Values], line: int, given: Given | None = None
    ) -> Values:
        """What calling a value gives."""
        match value:
            case FunctionValue():
                return self._run(value, args, words, line)
            case Partial():
                return self.invoke(value.function, [*value.args, *args], {**dict(value.words), **words}, line)
            case ClassValue(target=target):
                return self.construct(target, args, words, line)
            case Instance() if holds_function(value):
                return self.call_tool(value, args, words, line, "__call__")
            case Instance(target=target) if target.node is not None:
                called = self.attribute_of(target, "__call__", value)
                return union(*(self.invoke(one, args, words, line) for one in called if isinstance(one, FunctionValue)))
        called_as = given or Given.unread(args, words, line)
        if isinstance(value, ContextMethod):
            return self._of_context(value.name, called_as)
        self.escape(called_as)
        return UNKNOWN

    def construct(self, target: Target, args: list[Values], words: dict[str, Values], line: int) -> Values:
        """An object of a class."""
        if target.engine and isinstance(target.node, Function):
            return UNKNOWN
        if target.is_engine("Context"):
            # Of another run, such as a child's: what goes through it doesn't go through ours.
            return tuple(Run(one) for one in (args[0] if args else ()) if isinstance(one, Instance)) or UNKNOWN
        if target.is_engine("step", "catch_error", "Resource", "ResourceConfig"):
            return UNKNOWN
        # How an agent is made is on the graph: its name, its tools, whom it hands over to.
        is_child = is_workflow(target)
        kept = {name: values for name, values in words.items() if worth_following(values) or (is_child and values)}
        if may_be_event(target):
            for name, values in words.items():
                known = self.shared.fields.get((target, name), ())
                self.shared.fields[target, name] = union(known, values if name in kept else UNKNOWN)
            return (Instance(target, self.line(line), tuple(sorted(kept.items()))),)
        if is_child:
            # What is handed to a child, such as tools that write to our stream, runs while our step waits for it.
            for values in [*args, *words.values()]:
                for value in flat(values):
                    if isinstance(value, FunctionValue) and value.closure is not None:
                        self.invoke(value, [], {}, line)
        elif is_tool(target) and not has_constructor(target):
            return (self.make_tool(target, Given.unread(args, words, line)),)
        elif target.source is not None and leads_on(target.source, None, args, words):
            kept |= self._constructed(target, args, words, line)
        elif target.source is None and not target.engine:
            self.hand_over(args, words, line)
        return (Instance(target, line, tuple(sorted(kept.items()))),)

    def _constructed(
        self, target: Target, args: list[Values], words: dict[str, Values], line: int
    ) -> dict[str, Values]:
        """What a constructor of the user's own, or a dataclass's, keeps of its arguments."""
        placeholder = Instance(target, line)
        for one in self.attribute_of(target, "__init__", placeholder):
            if isinstance(one, FunctionValue) and id(one.node) not in self.stack:
                frame = self._frame(one, args, words, complete=False)
                frame.attributes = {}
                self._follow(one, frame)
                return {name: values for name, values in frame.attributes.items() if worth_following(values)}
        names = [
            statement.target.id
            for ancestor in reversed(lineage(target))
            if isinstance(ancestor.node, ast.ClassDef)
            for statement in ancestor.node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        ]
        return {name: values for name, values in zip(names, args, strict=False) if worth_following(values)}

    def _run(self, function: FunctionValue, args: list[Values], words: dict[str, Values], line: int) -> Values:
        node = function.node
        if not leads_on(function.module, function.owner, args, words):
            self.escape(Given.unread(args, words, line))
            return self._said(function)
        if id(node) in self.stack or len(self.stack) >= DEPTH or self.left < 0:
            return self._said(function) if self.left < 0 or len(self.stack) >= DEPTH else ()
        frame = self._frame(function, args, words, complete=True)
        outer, self.outer_line = self.outer_line, self.outer_line or line
        in_loop, self.in_loop = self.in_loop, False
        held = {name: values for name, values in frame.env.items() if is_held(values)}
        try:
            found = self._follow(function, frame)
            for name, before in held.items():
                after = frame.env.get(name, before)
                if after is not before and is_held(after):
                    self.filled[id(before)] = before, after
            return found
        finally:
            self.outer_line, self.in_loop = outer, in_loop

    def _follow(self, function: FunctionValue, frame: Frame) -> Values:
        node = function.node
        self.stack.append(id(node))
        try:
            if isinstance(node, ast.Lambda):
                return self.eval(frame, node.body)
            reaches_end = self.run_body(frame, node.body)
        finally:
            self.stack.pop()
        if frame.yields:
            parts = [many(values, count) for values, count in frame.yields]
            total = parts[0]
            for part in parts[1:]:
                total = joined(total, part)
            return (replace(total, places=None, length=None),)
        found = union(*frame.returns, NONE if reaches_end else ())
        if (found and not is_told(found)) or (reaches_end and not is_written(node.body)):
            said = self._said(function)
            if is_told(said):
                known = tuple(value for value in found if not isinstance(value, Unknown))
                return union(known if is_written(node.body) else (), said)
        return found

    def _said(self, function: FunctionValue) -> Values:
        """What a function's annotation says it returns."""
        returns = getattr(function.node, "returns", None)
        return self.annotated(function.module, returns, function.scope, getattr(function.node, "lineno", 0))

    def _frame(self, function: FunctionValue, args: list[Values], words: dict[str, Values], complete: bool) -> Frame:
        node, arguments = function.node, function.node.args
        env: dict[str, Values] = {}
        positional = [*arguments.posonlyargs, *arguments.args]
        given = list(args)
        owner = function.owner
        if owner is not None and positional and not isinstance(node, ast.Lambda):
            env[positional[0].arg] = (owner,)
            positional = positional[1:]
        defaults = dict(zip(reversed([one.arg for one in positional]), reversed(arguments.defaults), strict=False))
        for position, parameter in enumerate(positional):
            if position < len(given):
                env[parameter.arg] = given[position]
            elif parameter.arg in words:
                env[parameter.arg] = words[parameter.arg]
            elif "*" in words:
                env[parameter.arg] = words["*"]
            else:
                env[parameter.arg] = self._missing(function, parameter, defaults.get(parameter.arg))
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            env[parameter.arg] = words.get(parameter.arg) or self._missing(function, parameter, default)
        if arguments.vararg:
            rest = given[len(positional) :]
            taken = sequence(rest)
            env[arguments.vararg.arg] = (joined(taken, many(words["*"], None)) if "*" in words else taken,)
        if arguments.kwarg:
            named = {one.arg for one in [*positional, *arguments.kwonlyargs]} | {"*"}
            entries = tuple((Literal(name, "str"), values) for name, values in words.items() if name not in named)
            env[arguments.kwarg.arg] = (Mapping(entries, (), tuple(key for key, _ in entries)),)
        return Frame(function.module, function.scope, node, env, owner, function.holder, closure=function.closure)

    def _missing(self, function: FunctionValue, parameter: ast.arg, default: ast.expr | None) -> Values:
        """A parameter that a call gives no value: its default, else whatever its annotation says, but no context."""
        around = Frame(function.module, function.scope, None, {}, closure=function.closure)
        values = self.eval(around, default) if default is not None else ()
        said = self.annotated(function.module, parameter.annotation, function.scope)
        if said == CONTEXT:
            return ()
        return union(values, said) if not values or is_told(said) else values

    def streams_of(self, workflow: Instance) -> Streamed:
        """The events that a workflow writes to its stream."""
        raise NotImplementedError

    def each(self, function: Value, sequence_values: Values, line: int) -> Values:
        """`map(function, items)`."""
        found: list[Values] = []
        for values, number in self.rounds_of(sequence_values):
            result, counts = self.apart(lambda values=values: self.invoke(function, [values], {}, line))  # type: ignore[misc]
            self.add(times_counts(counts, number))
            found.append(result)
        return (many(union(*found), length_of(sequence_values)),)
