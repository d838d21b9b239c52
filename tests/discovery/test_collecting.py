"""Reading source without the garbage collector."""

from __future__ import annotations

import gc

import pytest

from inspectors.discovery.collecting import without_collecting


def test_it_is_on_again_after_the_last_reader_whatever_happens():
    def fails() -> None:
        with without_collecting():
            with without_collecting():
                assert not gc.isenabled()
            assert not gc.isenabled(), "the outer one still reads"
            raise ValueError

    assert gc.isenabled()
    with pytest.raises(ValueError):
        fails()
    assert gc.isenabled()


def test_what_was_off_stays_off():
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
