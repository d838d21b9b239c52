"""Where nodes stand: ranks along the way of a workflow, and lanes beside each other.

A lane holds nodes that follow each other, or an edge that passes ranks on its way: so every lane is straight, and no
edge runs over a node. The main lane, from the start to the farthest end, comes first; the others find their places
beside it, each where it crosses least. All of it takes time in proportion to the graph, where Graphviz's `dot` takes
1.1 s for 500 steps (docs/graph.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Pair = tuple[str, str]
LANE_GAP = 30.0
"""Pixels between nodes beside each other."""
WAY_GAP = 15.0
"""Pixels between an edge that passes and what stands beside it."""


@dataclass
class Lane:
    """A straight line of nodes, or of one way that edges take past other nodes."""

    first: int
    last: int
    nodes: list[str] = field(default_factory=list)
    """Empty for a way."""
    ends: list[tuple[int, str]] = field(default_factory=list)
    """For a way: the nodes that it leads from or to, with the rank at which it meets them."""
    at: float = 0.0
    """Where it runs, across the main direction."""


def ranks_of(nodes: Sequence[str], order: Iterable[Pair]) -> dict[str, int]:
    """One more than the farthest before it; what nothing leads to stands just before what it leads to.

    `order` must have no circle.
    """
    after: dict[str, list[str]] = {node: [] for node in nodes}
    before: dict[str, int] = dict.fromkeys(nodes, 0)
    for source, target in order:
        after[source].append(target)
        before[target] += 1
    rank = dict.fromkeys(nodes, 0)
    firsts = [node for node in nodes if not before[node]]
    waiting = list(firsts)
    for node in waiting:
        for target in after[node]:
            rank[target] = max(rank[target], rank[node] + 1)
            before[target] -= 1
            if not before[target]:
                waiting.append(target)
    for node in firsts[1:]:
        if after[node]:
            rank[node] = max(0, min(rank[target] for target in after[node]) - 1)
    return rank


def lanes_of(
    nodes: Sequence[str], order: Sequence[Pair], rank: Mapping[str, int], ends: Collection[str] = ()
) -> list[Lane]:
    """The nodes in lanes, the main one first. A lane rather leads to one of `ends` than anywhere else."""
    after: dict[str, list[str]] = defaultdict(list)
    for source, target in order:
        after[source].append(target)
    depth: dict[str, tuple[bool, int]] = {}
    for node in sorted(nodes, key=lambda one: -rank[one]):
        depth[node] = max(((depth[to][0], depth[to][1] + 1) for to in after[node]), default=(node in ends, 0))
    free = dict.fromkeys(nodes)
    lanes = []
    heads = sorted(nodes, key=lambda one: (rank[one], not depth[one][0], -depth[one][1]))
    for head in heads:
        if head not in free:
            continue
        chain = [head]
        del free[head]
        while following := [target for target in dict.fromkeys(after[chain[-1]]) if target in free]:
            deepest = max(depth[target] for target in following)
            equal = [target for target in following if depth[target] == deepest]
            # Of equals the middle one: the others then stand on both sides of it, in their own order.
            chain.append(equal[(len(equal) - 1) // 2])
            del free[chain[-1]]
        lanes.append(Lane(rank[chain[0]], rank[chain[-1]], chain))
    return lanes


def beside_each_other(
    lanes: list[Lane], edges: Iterable[Pair], rank: Mapping[str, int], place: Mapping[str, int]
) -> list[Lane]:
    """The lanes from left to right. `place` is the place of a node in the source: equals keep that order."""
    order = _Order(lanes, rank, place)
    for source, target in edges:
        order.connect(source, target)
    order.insert(lanes[0], 0)
    ways = [lane for lane in lanes if not lane.nodes]
    # Short ways first: they stand nearer, and longer ones go round them.
    ways.sort(key=lambda way: (way.last - way.first, way.first))
    for lane in [*(lane for lane in lanes[1:] if lane.nodes), *ways]:
        order.settle(lane)
    return order.row


class _Order:
    """The row of lanes as it grows."""

    def __init__(self, lanes: list[Lane], rank: Mapping[str, int], place: Mapping[str, int]) -> None:
        self.row: list[Lane] = []
        self.index: dict[int, int] = {}
        self.rank, self.place = rank, place
        self.lane_of = {node: lane for lane in lanes for node in lane.nodes}
        self.links: dict[int, list[tuple[int, Lane]]] = defaultdict(list)
        """Lane -> (rank, other lane) for all that leads from one to the other."""
        self.at_rank: dict[int, list[tuple[Lane, Lane]]] = defaultdict(list)
        for lane in lanes:
            for rank_of_end, node in lane.ends:
                self._link(lane, self.lane_of[node], rank_of_end)

    def connect(self, source: str, target: str) -> None:
        one, other = self.lane_of[source], self.lane_of[target]
        if one is not other:
            self._link(one, other, self.rank[source])

    def _link(self, one: Lane, other: Lane, rank: int) -> None:
        self.links[id(one)].append((rank, other))
        self.links[id(other)].append((rank, one))
        self.at_rank[rank].append((one, other))

    def insert(self, lane: Lane, index: int) -> None:
        self.row.insert(index, lane)
        self.index = {id(one): position for position, one in enumerate(self.row)}

    def settle(self, lane: Lane) -> None:
        """Put a lane beside one that it is connected with, or on an outer side, where it crosses least."""
        placed = [(rank, other) for rank, other in self.links[id(lane)] if id(other) in self.index]
        choices = {0, len(self.row)}
        for _, other in placed:
            index = self.index[id(other)]
            choices |= {index, index + 1}
        main = self.index[id(self.lane_of[self._main()])]
        wanted = self._wanted_side(lane, placed)

        def cost(index: int) -> tuple[int, bool, int, int]:
            crossed = sum(self._between(index, self.index[id(other)], rank) for rank, other in placed)
            side = -1 if index <= main else 1
            far = sum(abs(index - 0.5 - self.index[id(other)]) for _, other in placed)
            return crossed + self._crossings(lane, index), side != wanted, self._turned_round(lane, index), round(far)

        self.insert(lane, min(sorted(choices), key=cost))

    def _main(self) -> str:
        return next(iter(self.lane_of))

    def _wanted_side(self, lane: Lane, placed: list[tuple[int, Lane]]) -> int:
        """Left for what stands in the source before its neighbours; ways go where their ends are, or fewer others."""
        main = self.lane_of[self._main()]
        if lane.nodes and placed:
            beside = [self.place[node] for _, other in placed for node in other.nodes if self.rank[node] == lane.first]
            if beside:
                return -1 if self.place[lane.nodes[0]] < min(beside) else 1
        index = self.index[id(main)]
        sides = sum((position > index) - (position < index) for position in (self.index[id(one)] for _, one in placed))
        if sides:
            return 1 if sides > 0 else -1
        overlapping = [
            -1 if position < index else 1
            for position, one in enumerate(self.row)
            if one is not main and one.first <= lane.last and one.last >= lane.first
        ]
        return -1 if sum(overlapping) > 0 else 1

    def _between(self, index: int, other: int, rank: int) -> int:
        low, high = (index, other) if index <= other else (other + 1, index)
        return sum(1 for lane in self.row[low:high] if lane.first <= rank and lane.last > rank)

    def _turned_round(self, lane: Lane, index: int) -> int:
        """How many lanes that begin beside this one would stand in another order than in the source."""
        if not lane.nodes:
            return 0
        mine = self.place[lane.nodes[0]]
        return sum(
            (self.place[one.nodes[0]] < mine) != (position < index)
            for position, one in enumerate(self.row)
            if one.nodes and one.first == lane.first
        )

    def _crossings(self, lane: Lane, index: int) -> int:
        found = 0
        for rank in range(lane.first, lane.last + 1):
            for one, other in self.at_rank.get(rank, ()):
                if one is lane or other is lane or id(one) not in self.index or id(other) not in self.index:
                    continue
                low, high = sorted((self.index[id(one)], self.index[id(other)]))
                found += low < index <= high
        return found


def spread(row: list[Lane], main: Lane, reach: Mapping[str, tuple[float, float]], rank: Mapping[str, int]) -> None:
    """Set where each lane runs: as near to the main lane as what stands between allows.

    `reach` is how far a node reaches to both sides of its lane.
    """
    middle = row.index(main)
    nearest: dict[int, float] = {}
    """Of each rank that the main lane doesn't pass, how near to it what stands on its right comes."""
    for direction, lanes in ((1, row[middle:]), (-1, row[middle::-1])):
        line: dict[int, float] = {}
        for lane in lanes:
            there = {rank[node]: reach[node][::direction] for node in lane.nodes}
            if lane is not main:
                gap = LANE_GAP if lane.nodes else WAY_GAP
                wanted = [
                    line[at] + (gap if at in there else WAY_GAP) + there.get(at, (0.0,))[0]
                    for at in range(lane.first, lane.last + 1)
                    if at in line
                ]
                lane.at = direction * max(wanted, default=0.0)
            for at in range(lane.first, lane.last + 1):
                low, high = there.get(at, (0.0, 0.0))
                line[at] = direction * lane.at + high
                if direction == 1:
                    nearest.setdefault(at, lane.at - low)
            if lane is main and direction == -1:
                line |= {at: -near for at, near in nearest.items() if at not in line}
