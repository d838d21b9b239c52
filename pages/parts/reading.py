"""Reading the targets for a page, which says what takes so long once it takes longer than 300 ms."""

from __future__ import annotations

import threading
import time

import streamlit as st

from inspectors.discovery import Catalog, discover
from inspectors.discovery.targets import files_of
from inspectors.settings import SAMPLES
from inspectors.workbench import Workbench
from parts.cards import shown_target
from parts.plain import empty_state
from parts.words import plural

SAID_AFTER = 0.3
"""Seconds: a page that is there sooner needs no words."""
SAID_EVERY = 0.5


def read_targets(wb: Workbench, *, samples: bool = False) -> Catalog:
    """The catalog of the targets, or of the samples. Reading goes on, for the next page, if the person leaves."""
    reading = _Reading(wb, samples)
    began = time.monotonic()
    if not reading.wait(SAID_AFTER):
        names = " and ".join(shown_target(target) for target in wb.settings.targets)
        count = sum(len(files_of(target)[0]) for target in wb.settings.targets)
        place = st.empty()
        with place.container():
            headline = f"Reading {plural(count, 'Python file')} in {names}"
            with empty_state(headline, "Next time only files that have changed are read again.", "reading"):
                clock = st.empty()
        while not reading.wait(SAID_EVERY):
            clock.text(f"{time.monotonic() - began:.1f} s so far")
        place.empty()
    return reading.result()


class _Reading:
    """One reading of the targets, in a thread of its own."""

    def __init__(self, wb: Workbench, samples: bool) -> None:
        self._wb = wb
        self._samples = samples
        self._catalog: Catalog | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            self._catalog = discover([str(SAMPLES)]) if self._samples else self._wb.catalog()
        except Exception as error:  # raised again where the page waits for it
            self._error = error

    def wait(self, seconds: float) -> bool:
        """Wait at most this long; whether all has been read."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Catalog:
        """What was read; raises what reading has raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._catalog is not None
        return self._catalog
