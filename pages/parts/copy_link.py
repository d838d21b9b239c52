"""A button that copies the address of a page of ours."""

from __future__ import annotations

from parts.browser import browser_part

_part = browser_part("copy_link")


def show_copy_link(path: str, label: str, key: str) -> None:
    """Draw it. `path` is relative to the app's own address."""
    _part(key=f"copy-{key}", data={"path": path, "label": label})
