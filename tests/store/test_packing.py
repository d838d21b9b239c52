"""Blocks come back as they were, also those that were packed in earlier ways."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectors.store.packing import DICTIONARY_1, pack, unpack

LINES = st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8")), min_size=1)


@given(LINES)
def test_lines_come_back_as_they_were(lines: list[str]) -> None:
    assert [line.decode() for line in unpack(pack(lines))] == lines


@given(LINES)
def test_blocks_without_a_dictionary_are_read(lines: list[str]) -> None:
    assert [line.decode() for line in unpack(zlib.compress("\n".join(lines).encode()))] == lines


def test_a_dictionary_never_changes() -> None:
    """Blocks in people's databases need it as it is, for ever."""
    assert zlib.adler32(DICTIONARY_1) == 422354962


def test_a_block_with_an_unknown_dictionary_says_so() -> None:
    packer = zlib.compressobj(zdict=b"another")
    with pytest.raises(zlib.error, match="newer Stepscope"):
        unpack(packer.compress(b"x") + packer.flush())


def test_a_small_block_is_much_smaller_than_by_itself() -> None:
    lines = [
        '{"seq":4,"t":1790000000.5,"kind":"event","key":"invocation_2.0","type":"Draft","module":"flows","via":"returned",'
        '"by":"invocation_2","from_step":"write","fields":{"text":"Dear reader"}}',
        '{"seq":5,"t":1790000000.6,"kind":"invocation_ended","invocation":"invocation_2","step":"write","took_ms":1.5,'
        '"gave":["invocation_2.0"],"gives":{"Draft":1},"outcome":"ok"}',
    ]
    assert len(pack(lines)) < 0.6 * len(zlib.compress("\n".join(lines).encode()))
