"""Which nodes a run can come back to."""

import random

import pytest

from inspectors.graph.cycles import in_cycles


def graph(*ways: str, kind: str = "returns") -> dict[str, object]:
    """A graph of ways such as `a>b`."""
    pairs = [way.split(">") for way in ways]
    nodes = sorted({name for pair in pairs for name in pair})
    edges = [{"source": source, "target": target, "kind": kind} for source, target in pairs]
    return {"nodes": [{"id": name} for name in nodes], "edges": edges}


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ("a>b b>c", ""),
        ("a>b b>a", "ab"),
        ("a>b b>c c>b c>d", "bc"),
        ("a>a a>b", "a"),
        ("a>b b>a c>d d>c b>c", "abcd"),
        ("a>b a>c b>d c>d", ""),
    ],
)
def test_only_what_leads_back_to_itself_is_in_a_cycle(ways: str, found: str) -> None:
    assert in_cycles(graph(*ways.split())) == set(found)


def test_no_event_comes_back_along_what_is_used_or_started() -> None:
    assert in_cycles(graph("a>b", "b>a", kind="uses")) == set()
    assert in_cycles({"nodes": [], "edges": []}) == set()
    assert in_cycles({}) == set()


def test_a_long_chain_is_followed_to_its_end() -> None:
    chain = [f"n{n}>n{n + 1}" for n in range(3_000)]
    assert in_cycles(graph(*chain)) == set()
    assert len(in_cycles(graph(*chain, "n3000>n0"))) == 3_001


def test_random_graphs_agree_with_a_search_from_each_node() -> None:
    drawn = random.Random(6)
    for _ in range(40):
        ways = {f"{drawn.randrange(9)}>{drawn.randrange(9)}" for _ in range(drawn.randrange(1, 16))}
        made = graph(*sorted(ways))
        following: dict[str, set[str]] = {}
        for way in ways:
            following.setdefault(way[0], set()).add(way[2])
        expected = set()
        for node in following:
            reached, left = set(), list(following[node])
            while left:
                now = left.pop()
                if now not in reached:
                    reached.add(now)
                    left += following.get(now, set())
            expected |= {node} & reached
        assert in_cycles(made) == expected
