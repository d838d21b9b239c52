"""What is typed is kept for the browser that typed it; a browser is known by a cookie that scripts can't read."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.testclient import TestClient

from inspectors.server.browser_cookie import COOKIE, BrowserCookie, browser_of
from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt

BROWSER = "0123456789abcdef" * 2
MINE = {"cookie": f"{COOKIE}={BROWSER}"}


def ask(store: Store) -> None:
    """A prompt `p`."""
    run_id = store.create_run(workflow="W", module="w", file="/w.py", version="1", input={})
    prompt = NewPrompt("p", 1, "Asks", "ask", "Right?", {}, None, {"type": "HumanResponseEvent"})
    store.commit([Commit(run_id, 1, ['{"seq":1,"t":1,"kind":"prompt"}'], prompts=[prompt])])


def test_what_is_typed_is_kept_and_what_is_no_draft_is_refused(client: TestClient, store: Store) -> None:
    ask(store)
    assert client.post("/stepscope/api/drafts/p", json={"draft": "Mine"}, headers=MINE).status_code == 204
    assert client.post("/stepscope/api/drafts/p", json={"comment": "Too"}, headers=MINE).status_code == 204
    assert store.review_draft("p", BROWSER) == {"draft": "Mine", "comment": "Too"}
    refused: list[tuple[str, Any, dict[str, str], int]] = [
        ("p", '{"draft": 1}', MINE, 400),
        ("p", "[]", MINE, 400),
        ("p", "{", MINE, 400),
        ("p", "[" * 100_000, MINE, 400),
        ("none", '{"draft": "x"}', MINE, 404),
        ("p", '{"draft": "x"}', {}, 403),
        ("p", '{"draft": "x"}', {"cookie": f"{COOKIE}=../../etc"}, 403),
        ("p", '{"draft": "x"}', {**MINE, "origin": "http://evil.example"}, 403),
        ("p", f'{{"draft": "{"x" * 2_000_000}"}}', MINE, 413),
    ]
    for prompt_id, body, headers, status in refused:
        answer = client.post(f"/stepscope/api/drafts/{prompt_id}", content=body, headers=headers)
        assert answer.status_code == status and answer.json()["error"].endswith("."), (
            prompt_id,
            body[:20],
            answer.text,
        )
    assert store.review_draft("p", BROWSER) == {"draft": "Mine", "comment": "Too"}


def headers_of(cookies: bytes, content_type: bytes) -> list[tuple[bytes, bytes]]:
    """What a page's answer has for headers, when it is asked for with these cookies."""
    sent: list[dict[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "scheme": "http", "headers": [(b"cookie", cookies)] if cookies else []}
    asyncio.run(BrowserCookie(app)(scope, None, send))  # type: ignore[arg-type]
    return list(sent[0]["headers"])


def test_a_page_gives_a_browser_its_id_once() -> None:
    (given,) = [value for name, value in headers_of(b"", b"text/html; charset=utf-8") if name == b"set-cookie"]
    text = given.decode()
    assert browser_of({COOKIE: text.partition("=")[2].partition(";")[0]})
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="):
        assert attribute in text
    assert not [name for name, _ in headers_of(b"", b"application/json") if name == b"set-cookie"]
    known = f"{COOKIE}={BROWSER}".encode()
    assert not [name for name, _ in headers_of(known, b"text/html") if name == b"set-cookie"]
