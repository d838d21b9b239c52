"""How times, counts and inputs are said."""

import pytest


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.002, "2 ms"), (0.84, "0.84 s"), (12.3, "12 s"), (124, "2 min 4 s"), (11400, "3 h 10 min"), (120, "2 min")],
)
def test_durations(seconds: float, said: str) -> None:
    from parts.words import duration

    assert duration(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(0, "just now"), (12, "12 s ago"), (240, "4 min ago")])
def test_ages(seconds: float, said: str) -> None:
    from parts.words import age

    assert age(1790000000 - seconds, 1790000000) == said


def test_markdown_of_users_is_escaped() -> None:
    from parts.words import inert

    assert inert("a_b :red[x] $y$") == "a_b \\:red\\[x\\] \\$y\\$"
    assert inert("_a_ __init__ _") == "\\_a\\_ \\_\\_init\\_\\_ \\_"
