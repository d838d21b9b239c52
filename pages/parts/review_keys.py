"""What keys do in a review form: text typed into Streamlit's boxes is kept as it is typed, and Alt R asks for changes.

Streamlit keeps R for itself, with Alt as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from parts.browser import browser_part, class_of

_part = browser_part("review_keys")


def keep_typing(prompt: str, boxes: Mapping[str, tuple[str, str]], key: str, second: str) -> None:
    """Keep what is typed into text boxes, also what was typed before the script that keeps it was there.

    Args:
        prompt: what is answered.
        boxes: names to be kept under -> key of the box, and what it holds.
        key: of the form.
        second: key of the button that Alt R clicks.
    """
    places = {class_of(box): [name, text] for name, (box, text) in boxes.items()}
    _part(key=f"keys-{key}", data={"prompt": prompt, "places": places, "second": class_of(second)})
