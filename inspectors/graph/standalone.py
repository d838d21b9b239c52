"""A graph as one HTML file that can be moved about, searched and chosen in, offline, with nothing beside it.

The page's own scripts are put into it: what a person knows from Stepscope works the same in the file. It holds
drawings, not the graph: no source, no path of anybody's computer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from inspectors.graph.layout import DIRECTIONS, Drawing
from inspectors.graph.view import View, draw

PARTS = Path(__file__).resolve().parents[2] / "pages" / "parts"
_ENTRY = "graph_standalone.js"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_CLASS = re.compile(
    r"\.ss-(own|bar|btn|icons?|seg|input|find|grow|graph|node|legend|line|twin|menu|sign|symbol|muted|minimap|panning)\b"
)
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_LEFT_OUT = ("file", "line")
_FILE_STYLE = """:root{color-scheme:light dark}
html,body{margin:0;height:100%}
body{display:flex;flex-direction:column;background:var(--ss-bg);color:var(--ss-text)}
body{font:15px/1.5 "Source Sans 3","Source Sans",Helvetica,Arial,sans-serif}
header{padding:12px 16px 8px}header h1{font-size:20px;margin:0;overflow-wrap:anywhere}
header p{margin:2px 0 0;color:var(--ss-muted)}
main{flex:1;min-height:0;padding:0 16px 16px;display:flex}main>.ss-own{flex:1}
.ss-symbol{font-family:inherit!important}"""


def standalone_html(graph: dict[str, Any], view: View | None = None) -> str:
    """The file. It opens as `view` says; both directions, both looks and what is folded can be chosen in it."""
    wanted = view or View()
    drawings = {
        f"{direction}{'-steps' if steps else ''}": _plain(
            draw(graph, replace(wanted, direction=direction, steps_only=steps))
        )
        for direction in DIRECTIONS
        for steps in (False, True)
    }
    title = str(graph.get("name") or "Workflow")
    doc = str(graph.get("doc") or "").strip().partition("\n")[0]
    data = {
        "name": title,
        "doc": doc,
        "drawings": drawings,
        "first": {"direction": wanted.direction, "steps": wanted.steps_only},
    }
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(_writable(title))}</title>\n<style>\n{_styles()}\n</style>\n</head>\n<body>\n"
        f"<script>window.stepscopeGraph = {_script_json(data)};</script>\n"
        f"<script>\n{_script()}</script>\n</body>\n</html>\n"
    )


def _plain(drawing: Drawing) -> Drawing:
    nodes = [{key: value for key, value in node.items() if key not in _LEFT_OUT} for node in drawing["nodes"]]
    return {**drawing, "nodes": nodes}


def _writable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _script_json(value: Any) -> str:
    """JSON that can stand in a script: nothing in it ends the script or opens a comment; ASCII only."""
    return (
        json.dumps(value, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )


@lru_cache(maxsize=1)
def _styles() -> str:
    """The page's colours, and those of its rules that are about a graph."""
    text = re.sub(r"/\*.*?\*/", "", (PARTS / "stepscope.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return f"{_FILE_STYLE}\n" + "\n".join(_about_graphs(text))


def _about_graphs(text: str) -> list[str]:
    found = []
    for selector, body in _rules(text):
        if selector.startswith("@media"):
            inner = _about_graphs(body)
            found += [f"{selector}{{{''.join(inner)}}}"] if inner else []
        elif "--ss-bg:" in body or "--ss-k-step:" in body:
            found.append(f":root{{{body}}}")
        elif _CLASS.search(selector):
            found.append(f"{selector}{{{body}}}")
    return found


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """The outermost rules of a style: what stands before the braces, and in them."""
    start = depth = opened = 0
    for place, letter in enumerate(text):
        if letter == "{":
            opened = place if depth == 0 else opened
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield text[start:opened].strip(), text[opened + 1 : place].strip()
                start = place + 1


@lru_cache(maxsize=1)
def _script() -> str:
    """The scripts of the graph as one: each module a function of its own, those first that others need."""
    done: dict[str, str] = {}

    def bundle(name: str) -> None:
        if name in done:
            return
        source = (PARTS / name).read_text(encoding="utf-8")
        done[name] = ""  # so that two that need each other end
        for _, needed in _IMPORT.findall(source):
            bundle(needed)
        del done[name]
        body = _IMPORT.sub(
            lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = {_variable(found[2])};\n", source
        )
        names = re.findall(r"^export (?:async )?(?:const|let|function|class) (\w+)", source, re.MULTILINE)
        body = re.sub(r"^export (?=(?:async )?(?:const|let|function|class) )", "", body, flags=re.MULTILINE)
        done[name] = f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(names)} }};\n}})();\n"

    bundle(_ENTRY)
    return '"use strict";\n' + "".join(done.values())


def _variable(name: str) -> str:
    return "part_" + name.removesuffix(".js")
