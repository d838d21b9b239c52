"""The person's editor: how a page opens the source of a step in it."""

from __future__ import annotations

import os

EDITORS = {
    "vscode": "vscode://file{file}:{line}",
    "vscode-insiders": "vscode-insiders://file{file}:{line}",
    "cursor": "cursor://file{file}:{line}",
    "windsurf": "windsurf://file{file}:{line}",
    "zed": "zed://file{file}:{line}",
    "pycharm": "pycharm://open?file={file}&line={line}",
    "idea": "idea://open?file={file}&line={line}",
    "sublime": "subl://open?url=file://{file}&line={line}",
    "none": "",
}
"""STEPSCOPE_EDITOR is one of these names, or a link of another editor with {file} and {line} in it."""
_FORBIDDEN = ("javascript:", "data:", "vbscript:")


def editor_link() -> str:
    """The link that opens a file, with {file} (an absolute path) and {line} to be filled in; "" for none at all.

    What STEPSCOPE_EDITOR says; VS Code without it, and for what is neither a name nor a link.
    """
    said = os.environ.get("STEPSCOPE_EDITOR", "").strip()
    if said.lower() in EDITORS:
        return EDITORS[said.lower()]
    scheme = said.partition(":")[0]
    usable = "{file}" in said and ":" in said and scheme.replace("-", "").replace("+", "").isalnum()
    return said if usable and not said.lower().startswith(_FORBIDDEN) else EDITORS["vscode"]
