"""`match`: which of its blocks may be entered, and what variables are there."""

from __future__ import annotations

import ast
from collections.abc import Callable

from inspectors.graph.frames import Frame
from inspectors.graph.protocols import Protocols
from inspectors.graph.values import UNKNOWN, Values, union

Way = tuple[list[ast.stmt], Callable[[Frame], bool]]
"""Statements, and what narrows the variables on the way to them; False if they can't be reached."""


class Patterns(Protocols):
    """Follows patterns."""

    def ways_of(self, frame: Frame, node: ast.Match) -> list[Way]:
        """The blocks of a `match`, each with what makes variables so that it is entered."""
        subject = self.eval(frame, node.subject)
        name = node.subject.id if isinstance(node.subject, ast.Name) else ""
        ways: list[Way] = []
        earlier: list[ast.pattern] = []
        for case in node.cases:

            def enter(
                frame: Frame, case: ast.match_case = case, earlier: tuple[ast.pattern, ...] = tuple(earlier)
            ) -> bool:
                for pattern in earlier:
                    if isinstance(pattern, ast.MatchClass) and _takes_whole_class(pattern) and name:
                        self.narrow_class(frame, name, self.eval(frame, pattern.cls), False)
                return self._matches(frame, name, subject, case.pattern)

            ways.append((case.body, enter))
            if case.guard is None:
                earlier.append(case.pattern)
        if not any(_takes_all(case) for case in node.cases):
            ways.append(([], lambda frame: True))
        return ways

    def _matches(self, frame: Frame, name: str, subject: Values, pattern: ast.pattern) -> bool:
        match pattern:
            case ast.MatchAs(pattern=inner, name=bound):
                possible = self._matches(frame, name, subject, inner) if inner is not None else True
                if bound:
                    frame.env[bound] = frame.env.get(name, subject) if name else subject
                return possible
            case ast.MatchClass(cls=cls):
                for part in [*pattern.patterns, *pattern.kwd_patterns]:
                    self._bind_all(frame, part)
                return self.narrow_class(frame, name, self.eval(frame, cls), True) if name else True
            case ast.MatchOr(patterns=patterns):
                classes = [part.cls for part in patterns if isinstance(part, ast.MatchClass)]
                if name and len(classes) == len(patterns):
                    wanted = union(*(self.eval(frame, cls) for cls in classes))
                    return self.narrow_class(frame, name, wanted, True)
                return True
            case ast.MatchValue(value=ast.Constant(value=value)) if name:
                return self.narrow_equal(frame, name, [value], True)
            case ast.MatchSequence(patterns=patterns):
                for position, part in enumerate(patterns):
                    if isinstance(part, ast.MatchAs) and part.name:
                        frame.env[part.name] = self._unpacked(subject, position, [])
                    else:
                        self._bind_all(frame, part)
                return True
        self._bind_all(frame, pattern)
        return True

    def _bind_all(self, frame: Frame, pattern: ast.pattern) -> None:
        for part in ast.walk(pattern):
            if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
                frame.env[part.name] = UNKNOWN


def _takes_whole_class(pattern: ast.MatchClass) -> bool:
    """Whether a pattern such as `Found(url=url)` fits each object of its class."""
    return all(isinstance(part, ast.MatchAs) and part.pattern is None for part in pattern.kwd_patterns) and all(
        isinstance(part, ast.MatchAs) and part.pattern is None for part in pattern.patterns
    )


def _takes_all(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
