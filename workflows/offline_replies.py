"""What the offline language model answers, by the kind of prompt. No workflow in here.

A real model reads any prompt; this one knows the prompts of the samples: a question with a context, a question alone, a
text to take key points from, key points to sum up, a joke to tell or to judge. Nothing is drawn at random.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable

from text_search import nearest, sentences, terms

_NOTHING = "The context doesn't say."
_UNKNOWN = "I don't know that without looking it up."
_KNOWN = """
Retrieval-augmented generation, or RAG, looks up passages that fit a question and lets a model answer from them.
A workflow is a set of steps that start each other by sending events.
An event is a small typed message that carries data from one step to the next.
A Context is the memory of one run, which all of its steps can read and write.
An embedding turns a text into numbers, so that texts of like meaning lie close together.
Reranking reads the passages that a search has found once more, with care, and puts the best ones first.
Machine learning is the art of letting a program find rules in examples instead of writing them down.
Artificial intelligence, or AI, is software that does what we would call thinking if a person did it.
Tidewatch measures water levels in small harbours and warns people before the water comes.
"""
_JOKES = {
    "pirate": "Why couldn't the pirate learn the alphabet? Because he was always lost at C.",
    "programmer": "Why do programmers mix up Halloween and Christmas? Because Oct 31 is Dec 25.",
    "workflow": "Why did the workflow never get home from the party? It was still waiting for one more event.",
    "tide": "Why do tides make such bad guests? They come in late and never say when they'll go out.",
}
_ANY_JOKES = (
    "What do {topic} and unfinished projects have in common? Everybody has a story, and none of them has an end.",
    "Why is a talk about {topic} never on time? It has to wait for someone who says that it depends.",
    "How do you explain {topic} to a committee? Slowly, twice, and then once more for the minutes.",
)


def reply_to(prompt: str, temperature: float = 0.7) -> str:
    """The answer to a prompt. `temperature` from 0 to 1: how many sentences it may quote, one to three."""
    for pattern, reply in _REPLIES:
        found = pattern.search(prompt)
        if found:
            return reply(*(part.strip() for part in found.groups()), round(1 + 2 * min(max(temperature, 0.0), 1.0)))
    return _from_memory(prompt)


def _from_context(context: str, question: str, count: int) -> str:
    """The sentences of the context nearest to the question, in the order of the context."""
    told = list(dict.fromkeys(sentences(context)))
    found = nearest(question, told, count)
    if not found:
        return _NOTHING
    # The runner-up is only worth quoting if it has about as much to do with the question as the first.
    good = {text for text, score in found if score >= 0.6 * found[0][1]}
    if len(good) == 1 < count:
        good.add(_next_in_paragraph(context, found[0][0]))
    return " ".join(text for text in told if text in good)


def _next_in_paragraph(context: str, sentence: str) -> str:
    for paragraph in context.split("\n\n"):
        told = sentences(paragraph)
        if sentence in told[:-1]:
            return told[told.index(sentence) + 1]
    return sentence


def _from_memory(question: str) -> str:
    found = nearest(question, _KNOWN.strip().splitlines(), 1)
    return found[0][0] if found and found[0][1] >= 0.4 else _UNKNOWN


def _part_by_part(context: str, question: str, _: int) -> str:
    """Each part of a question answered by itself, with the one sentence nearest to it."""
    parts = [part for part in re.split(r"\band\b|;|\?", question) if terms(part)]
    return " ".join(dict.fromkeys(_from_context(context, part, 1) for part in parts)) or _NOTHING


def _joke(topic: str, _: int) -> str:
    for known, joke in _JOKES.items():
        if known in topic.lower():
            return joke
    return _ANY_JOKES[zlib.crc32(topic.lower().encode()) % len(_ANY_JOKES)].format(topic=topic)


def _critique(joke: str, _: int) -> str:
    setup, mark, punchline = joke.partition("?")
    if not mark:
        return f"This joke has no question to wait on. It is a remark of {len(joke.split())} words, and it ends well."
    words = len(setup.split()), len(punchline.split())
    pace = "a short wait for a short answer" if sum(words) < 18 else "the answer takes its time"
    last = punchline.split()[-1].strip(".!") if punchline.split() else ""
    return (
        f"This joke uses the classic question and answer. The setup has {words[0]} words and the punchline "
        f"{words[1]}: {pace}. Everything hangs on the last word, “{last}”, which is where the surprise sits, and "
        "nothing comes after it that could spoil it."
    )


def _central(parts: list[str], count: int) -> list[str]:
    """The parts that say most of what all of them say, in their order."""
    common = Counter(stem for part in parts for stem in set(terms(part)))

    def weight(part: str) -> float:
        stems = set(terms(part))
        return sum(common[stem] for stem in stems) / (len(stems) + 3) if stems else 0.0

    best = sorted(parts, key=weight, reverse=True)[:count]
    return [part for part in parts if part in best]


def _key_points(text: str, _: int) -> str:
    return "\n".join(_central(sentences(text), 5))


def _summary(points: str, count: int) -> str:
    listed = [line.strip().removeprefix("- ") for line in points.splitlines() if line.strip()]
    if not listed:
        return "Summary: there is nothing to sum up."
    return f"Summary: {' '.join(_central(listed, count))}"


_REPLIES: list[tuple[re.Pattern[str], Callable[..., str]]] = [
    (re.compile(r"best joke about (.+?)\.?\s*$", re.DOTALL), _joke),
    (re.compile(r"analysis of this joke:(.+)", re.DOTALL), _critique),
    (re.compile(r"key points from this text.*?Text:(.+)Key points:", re.DOTALL), _key_points),
    (re.compile(r"based on these key points:(.+)Summary:", re.DOTALL), _summary),
    (re.compile(r"^Decompose.*?Context:(.*)Question:(.+)$", re.DOTALL), _part_by_part),
    (re.compile(r"Context:(.*)Question:(.+?)(?:\n\s*Answer.*)?$", re.DOTALL), _from_context),
]
