"""Fields that take a file: one is chosen in the browser and kept beside the database, or its path is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from inspectors.forms import Field
from inspectors.forms.files import CONTENTS_LIMIT_MB, FILE_LIMIT_MB, keep_file
from inspectors.runner.kept_files import MARK, kept_folder
from inspectors.trace.words import size_text
from inspectors.workbench import get_workbench
from parts.form_places import Drawing, Place
from parts.form_widgets import show_widget
from parts.plain import muted
from parts.words import inert, plural


def show_file(field: Field, held: str, place: Place, compact: bool) -> None:
    """A path, typed or from a file that is chosen."""
    show_widget(field, "file", held, place, compact)
    st.file_uploader(
        f"Choose a file for {inert(field.name)}",
        key=f"{place.key}#upload",
        label_visibility="collapsed",
        max_upload_size=FILE_LIMIT_MB,
    )


def show_contents(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    """A file whose contents are the value; the one of an earlier input is named."""
    if place.get("kept") is None and place.get("dropped") is None:
        place.keep("kept", value)
    visible = "collapsed" if drawing.compact else "visible"
    st.file_uploader(
        inert(field.name) or "File",
        key=f"{place.key}#upload",
        max_upload_size=CONTENTS_LIMIT_MB,
        label_visibility=visible,
    )
    kept = place.get("kept")
    if kept:
        with st.container(key=f"kept-{place.key}", horizontal=True, vertical_alignment="center"):
            muted(
                f"{_called(kept)}, from the earlier input unless you choose another", f"kept-{place.key}", inline=True
            )
            drawing.button("Leave it out", f"{place.key}#drop", _drop, place, type="tertiary")


def read_file(place: Place, held: Any) -> Any:
    """The path of a file: of the one that was chosen, else the one that was typed."""
    upload = st.session_state.get(f"{place.key}#upload")
    if upload is None:
        return held
    path = _keep(place, upload)
    return "" if path is None else str(path)


def read_contents(place: Place) -> Any:
    """A reference to the kept file that was chosen, else the earlier value."""
    upload = st.session_state.get(f"{place.key}#upload")
    if upload is None:
        return place.get("kept")
    path = _keep(place, upload)
    return None if path is None else {MARK: str(path), "name": upload.name, "size": upload.size}


def _keep(place: Place, upload: Any) -> Path | None:
    """The kept file; None, with a sentence for its field, if it can't be written."""
    folder = kept_folder(get_workbench().settings.database)
    place.keep("trouble", None)
    try:
        return keep_file(folder, upload.name, upload.getvalue())
    except OSError as error:
        place.keep("trouble", f"The file could not be kept in {folder}: {error.strerror or error}.")
        return None


def _drop(place: Place) -> None:
    place.keep("kept", None)
    place.keep("dropped", True)


def _called(kept: Any) -> str:
    """`photo.png, 1.2 MB`."""
    if not isinstance(kept, dict):
        return f"A text of {plural(len(str(kept)), 'character')}"
    size = kept.get("size")
    return f"{kept.get('name', 'A file')}, {size_text(size) if isinstance(size, int) else 'of unknown size'}"
