"""Which sentences of a text have to do with a question: the plain Python that the samples search with.

No workflow in here and nothing to install. Words are compared by their stems, rare words count more than common
ones, and equal input gives equal output.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_STOP_WORDS = frozenset(
    "a about after all an and any are as at be been before by can could did do does for from had has have how i if in "
    "into is it its me my no not of on one or our should so some that the their them then there these they this those "
    "to up was we were what when where which who whom why will with would you your".split()
)
_WORD = re.compile(r"[a-z0-9]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“(])|\n{2,}")


def terms(text: str) -> list[str]:
    """The stems of a text's words, in order, without words that say nothing by themselves."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]


def sentences(text: str) -> list[str]:
    """The sentences of a text; a blank line ends one, too."""
    parts = (" ".join(part.split()) for part in _SENTENCE_END.split(text.strip()))
    return [part for part in parts if part]


def rarity(texts: Iterable[str]) -> dict[str, float]:
    """How much each stem weighs: more, the fewer of the texts have it."""
    found = [set(terms(text)) for text in texts]
    counts = Counter(stem for stems in found for stem in stems)
    return {stem: math.log(1 + len(found) / count) for stem, count in counts.items()}


def likeness(question: str, text: str, weights: dict[str, float]) -> float:
    """The share of a question, by weight, that a text covers: 0 to 1. Words no text has weigh like rare ones."""
    asked = set(terms(question))
    rare = max(weights.values(), default=1.0)
    whole = sum(weights.get(stem, rare) for stem in asked)
    return sum(weights.get(stem, 0.0) for stem in asked & set(terms(text))) / whole if whole else 0.0


def nearest(question: str, texts: Sequence[str], count: int) -> list[tuple[str, float]]:
    """The `count` texts nearest to a question, nearest first, each with its likeness; none that shares no word."""
    weights = rarity(texts)
    scored = [(text, likeness(question, text, weights)) for text in texts]
    return sorted([pair for pair in scored if pair[1] > 0], key=lambda pair: -pair[1])[:count]


def _stem(word: str) -> str:
    for ending, kept in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + kept
            break
    return word.rstrip("e") if len(word) > 4 else word
