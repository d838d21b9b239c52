"""The difference of two texts: it gives both back, names changed words, and takes no time to speak of."""

import random

from inspectors.forms.difference import Change, difference, words_changed


def test_changed_words_are_named_and_what_is_around_them_is_kept() -> None:
    found = difference("report within fifteen days.", "report within ten working days.")
    assert found == [
        Change("kept", "report within "),
        Change("removed", "fifteen"),
        Change("added", "ten working"),
        Change("kept", " days."),
    ]
    assert words_changed(found) == (2, 1)


def test_nothing_changed_is_nothing() -> None:
    assert difference("", "") == [] and difference("a b", "a b") == [Change("kept", "a b")]


def test_both_texts_come_back_whatever_they_are() -> None:
    chance = random.Random(7)
    for _ in range(500):
        old, new = ("".join(chance.choice("ab .,\n") for _ in range(chance.randrange(30))) for _ in range(2))
        found = difference(old, new)
        assert "".join(change.text for change in found if change.how != "added") == old
        assert "".join(change.text for change in found if change.how != "removed") == new


def test_a_book_in_one_line_is_compared_by_sentences_or_not_at_all() -> None:
    chance = random.Random(7)
    book = " ".join(chance.choice(("alpha", "beta", "gamma", "delta.")) for _ in range(20_000))
    found = difference(book, book.replace("alpha beta", "beta alpha"))
    assert "".join(change.text for change in found if change.how != "added") == book
