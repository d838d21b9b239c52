"""How a workflow is made: by its class, or by a factory of its file, with arguments that a form gave as JSON."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
import typing
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from workflows import Workflow

from inspectors.runner.refusals import sentences_of

ENGINE_PARAMETERS = inspect.signature(Workflow).parameters
"""What the engine's own constructor takes: a run's options, or nobody's business."""


class NotRunnable(Exception):
    """A workflow can't be made; the message is a sentence for its author, `code` the lines that would mend it."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class ArgumentsRefused(NotRunnable):
    """Arguments that the constructor doesn't take: `errors` by name, `parent.child` inside an object."""

    def __init__(self, cls: str, errors: dict[str, str]) -> None:
        said = " ".join(f"{name}: {sentence}" for name, sentence in errors.items())
        super().__init__(f"The arguments don't fit the constructor of {cls}. {said}")
        self.errors = errors


class NotMade(Exception):
    """The user's constructor or factory raised; its error is the cause."""

    def __init__(self, cls: str, error: BaseException) -> None:
        super().__init__(f"{cls} could not be made: {error}")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a constructor or factory, without the engine's own."""

    name: str
    required: bool
    default: Any
    positional: bool
    """It can be given by its place only."""
    annotation: str
    adapter: TypeAdapter[Any] | None
    """Reads its value from JSON; None if a form can't give it one."""


class Maker:
    """Makes instances of one class.

    `made_by` is the name and the instance or function of the file that is the workflow; None for a class of the file.
    """

    def __init__(
        self,
        cls: type[Workflow],
        module: types.ModuleType,
        root: str | Path,
        made_by: tuple[str, Workflow | Callable[..., Any]] | None = None,
    ) -> None:
        self.cls = cls
        self._function: Callable[..., Any] = cls
        self._instance: Workflow | None = None
        self.factory: dict[str, Any] | None = None
        """{"name", "line", "is_function"} of what makes it in place of the class."""
        self.parameters: list[Parameter]
        if made_by is not None:
            self._is_made_by(*made_by, Path(root))
            return
        self.parameters = list(_parameters(cls, Path(root)))
        self.unfillable = [one for one in self.parameters if one.required and one.adapter is None]
        if self.unfillable:
            self._find_factory(module, Path(root))

    def _is_made_by(self, name: str, value: Workflow | Callable[..., Any], root: Path) -> None:
        self.parameters = []
        line = None
        if isinstance(value, Workflow):
            self._instance = value
        else:
            self._function, self.parameters = value, list(_parameters(value, root))
            line = value.__code__.co_firstlineno
        self.unfillable = [one for one in self.parameters if one.required and one.adapter is None]
        self.factory = {"name": name, "line": line, "is_function": line is not None}

    def _find_factory(self, module: types.ModuleType, root: Path) -> None:
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and _returns(value) is self.cls:
                parameters = list(_parameters(value, root))
                if not inspect.iscoroutinefunction(value) and not any(p.required and not p.adapter for p in parameters):
                    self._function, self.parameters = value, parameters
                    self.factory = {"name": name, "line": value.__code__.co_firstlineno, "is_function": True}
                    return
        for name, value in vars(module).items():
            if type(value) is self.cls:
                self._instance, self.parameters = value, []
                self.factory = {"name": name, "line": None, "is_function": False}
                return

    @property
    def by_author(self) -> bool:
        """Whether a factory or an instance of the file is used, which takes no options of a run."""
        return self.factory is not None

    @property
    def possible(self) -> bool:
        """Whether anything can make it, given the right arguments."""
        return not self.unfillable or self.by_author

    @property
    def needs_arguments(self) -> bool:
        """Whether a form has to be filled in first."""
        return self.possible and any(one.required for one in self.parameters)

    def impossible(self) -> NotRunnable:
        """Why nothing can make it, and what to write."""
        file = Path(inspect.getfile(self.cls)).name
        needs = [(one.name, one.annotation) for one in self.unfillable]
        gives = [(one.name, one.annotation) for one in self.parameters if one.required and one.adapter]
        return NotRunnable(*factory_advice(self.cls.__name__, file, needs, gives))

    def convert(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments as their annotations want them: an enum its member, a Path a Path. Raises ArgumentsRefused."""
        known = {one.name: one for one in self.parameters if one.adapter is not None}
        values: dict[str, Any] = {}
        errors = {name: "There is no such argument." for name in arguments if name not in known}
        for name, parameter in known.items():
            if name in arguments:
                assert parameter.adapter is not None
                try:
                    values[name] = parameter.adapter.validate_json(json.dumps(arguments[name]))
                except ValidationError as error:
                    errors.update(_sentences(name, error))
            elif parameter.required:
                errors[name] = "This argument is required."
        if errors:
            raise ArgumentsRefused(self.cls.__name__, errors)
        return values

    def make(self, arguments: Mapping[str, Any], timeout: float | None, verbose: bool) -> Workflow:
        """A new instance, or the author's own. Raises NotRunnable, or NotMade from what the user's code raised."""
        if not self.possible:
            raise self.impossible()
        values = self.convert(arguments)
        if self._instance is not None:
            return self._instance
        values.update(_engine_values(self._function, timeout, verbose))
        places = [values.pop(one.name) for one in self.parameters if one.positional and one.name in values]
        try:
            made = self._function(*places, **values)
        except (Exception, SystemExit) as error:
            raise NotMade(self.cls.__name__, error) from error
        if not isinstance(made, self.cls):
            name = (self.factory or {}).get("name", self.cls.__name__)
            raise NotRunnable(f"{name} gave {type(made).__name__} and not {self.cls.__name__}.")
        if not hasattr(made, "_runtime_locked"):
            raise NotRunnable(
                f"{self.cls.__name__} is not set up: its __init__ has to call super().__init__(), "
                "with timeout and verbose if it takes them."
            )
        return made

    def describe(self) -> dict[str, Any]:
        """{"schema" of what a form can give, "unfillable": [{"name", "annotation"}], "factory"}."""
        fillable = [one for one in self.parameters if one.adapter is not None] if self.possible else []
        adapters = [(one.name, "validation", one.adapter) for one in fillable if one.adapter is not None]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of defaults that JSON can't hold
            schemas, definitions = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
        properties = {one.name: dict(schemas[one.name, "validation"]) for one in fillable}
        for one in fillable:
            known, value = _as_json(one)
            if known:
                properties[one.name]["default"] = value
        return {
            "schema": {
                "title": self.cls.__name__,
                "type": "object",
                "properties": properties,
                "required": [one.name for one in fillable if one.required],
                **definitions,
            },
            "unfillable": [{"name": one.name, "annotation": one.annotation} for one in self.unfillable],
            "factory": self.factory,
        }


def factory_advice(
    cls: str, file: str, needs: Sequence[tuple[str, str | None]], gives: Sequence[tuple[str, str | None]] = ()
) -> tuple[str, str]:
    """The sentence for a class that no form can make, and the lines of code that would.

    Args:
        cls: the class's name.
        file: the name of its file.
        needs: name and annotation of each required parameter that no form can give.
        gives: the same of each that a form can: they become parameters of the factory.
    """
    named = [f"{name} ({annotation})" if annotation else name for name, annotation in needs]
    listed = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    mend = f"Add a function to {file} that makes one, annotated -> {cls}."
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls).lower()
    taken = ", ".join(f"{name}: {annotation}" if annotation else name for name, annotation in gives)
    lines = [f"def build_{words}({taken}) -> {cls}:"]
    lines += [f"    {name}{f': {annotation}' if annotation else ''} = ..." for name, annotation in needs]
    lines += [f"    return {cls}({', '.join(f'{name}={name}' for name, _ in [*needs, *gives])})"]
    return f"{cls} needs {listed} to be made, which no form can give. {mend}", "\n".join(lines)


def _parameters(function: Callable[..., Any], root: Path) -> Iterator[Parameter]:
    """The parameters of a class or function, without the engine's own, `*args` and `**kwargs`."""
    hints = _hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name in ENGINE_PARAMETERS:
            continue
        required = parameter.default is parameter.empty
        hint = hints.get(name, parameter.annotation)
        yield Parameter(
            name=name,
            required=required,
            default=None if required else parameter.default,
            positional=parameter.kind is parameter.POSITIONAL_ONLY,
            annotation="" if parameter.annotation is parameter.empty else _written(parameter.annotation),
            adapter=_adapter(hint, parameter.default, root),
        )


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations as types; those that name what isn't there, as under `if TYPE_CHECKING`, are left out."""
    code = function.__init__ if inspect.isclass(function) else function
    try:
        return typing.get_type_hints(code, include_extras=True)
    except Exception:
        found = {}
        for name, annotation in getattr(code, "__annotations__", {}).items():
            try:
                found[name] = typing.get_type_hints(
                    types.SimpleNamespace(__annotations__={name: annotation}),
                    globalns=getattr(code, "__globals__", {}),
                    include_extras=True,
                )[name]
            except Exception:
                continue  # a name that the file doesn't have: no form can give it
        return found


def _adapter(hint: Any, default: Any, root: Path) -> TypeAdapter[Any] | None:
    """What reads a value of this type from JSON; None if no form can give one."""
    if hint is inspect.Parameter.empty:
        if type(default) not in (str, int, float, bool, list, dict):
            return None
        hint = int | float if type(default) is int else type(default)
    if isinstance(hint, str) or _holds(hint, root):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            adapter: TypeAdapter[Any] = TypeAdapter(hint)
            adapter.json_schema()
    except Exception:  # pydantic has an error of its own for each kind of type that JSON can't hold
        return None
    return adapter


def _holds(hint: Any, root: Path) -> bool:
    """Whether a type holds anything, or an object of a library, whose parts nobody fills in by hand."""
    if hint in (Any, object):
        return True
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) in (dict, Mapping, typing.Literal):
        return False
    if typing.get_origin(hint) is typing.Annotated:
        arguments = arguments[:1]
    if inspect.isclass(hint) and not arguments:
        made_of_parts = issubclass(hint, BaseModel) or dataclasses.is_dataclass(hint)
        return made_of_parts and (inspect.isabstract(hint) or not _is_own(hint, root))
    return any(_holds(one, root) for one in arguments if one is not type(None) and one is not ...)


def _is_own(cls: type, root: Path) -> bool:
    try:
        file = Path(inspect.getfile(cls)).resolve()
    except (TypeError, OSError):
        return False
    return file.is_relative_to(root.resolve()) and "site-packages" not in file.parts


def _as_json(parameter: Parameter) -> tuple[bool, Any]:
    """The default as JSON, if there is one that JSON can hold."""
    if parameter.required or parameter.adapter is None:
        return False, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return True, json.loads(json.dumps(parameter.adapter.dump_python(parameter.default, mode="json")))
    except Exception:  # a default of another type than its annotation says
        return False, None


def _written(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text)


def _sentences(name: str, error: ValidationError) -> dict[str, str]:
    """{`name` or `name.child`: sentence} of what doesn't fit."""
    return {f"{name}.{place}".rstrip("."): said for place, said in sentences_of(error).items()}


def _engine_values(function: Callable[..., Any], timeout: float | None, verbose: bool) -> dict[str, Any]:
    """Values for the engine's own parameters that a constructor takes: options, and defaults where one is needed."""
    parameters = inspect.signature(function).parameters
    takes_any = inspect.isclass(function) and any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    wanted: dict[str, Any] = {}
    if timeout is not None:
        wanted["timeout"] = timeout
    if verbose:
        wanted["verbose"] = True
    values = {name: value for name, value in wanted.items() if takes_any or name in parameters}
    for name, own in ENGINE_PARAMETERS.items():
        if name in parameters and parameters[name].default is inspect.Parameter.empty:
            values.setdefault(name, own.default)
    return values


def given_class(function: Any) -> type[Workflow] | None:
    """The workflow class that a function's annotation says it gives; None if it says nothing of the kind."""
    found = _returns(function) if not inspect.iscoroutinefunction(function) else None
    return found if inspect.isclass(found) and issubclass(found, Workflow) and found is not Workflow else None


def _returns(function: Any) -> Any:
    try:
        return typing.get_type_hints(function).get("return")
    except Exception:  # a hint may name what isn't imported
        hint = function.__annotations__.get("return")
        return function.__globals__.get(hint) if isinstance(hint, str) else hint
