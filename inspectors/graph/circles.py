"""Which pairs of a graph close a circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Pair = tuple[str, str]


def without_circles(nodes: Sequence[str], pairs: Iterable[Pair], first: Iterable[str]) -> set[Pair]:
    """The pairs that close a circle when the graph is walked from `first`, then from where nothing leads to."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, end in pairs:
        after[source].append(end)
    into = {end for ends in after.values() for end in ends}
    back: set[Pair] = set()
    state: dict[str, int] = {}
    for root in [*first, *(node for node in nodes if node not in into), *nodes]:
        if root in state:
            continue
        # Depth first without recursion: 500 steps in a row would be too deep for it.
        stack = [(root, iter(after[root]))]
        state[root] = 1
        while stack:
            current, following = stack[-1]
            target = next(following, None)
            if target is None:
                state[current] = 2
                stack.pop()
            elif state.get(target) == 1:
                back.add((current, target))
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(after[target])))
    return back
