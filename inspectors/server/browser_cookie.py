"""A cookie by which a browser is known again: what its person is called, and what was typed and not sent."""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "stepscope_browser"
YEARS_2 = 2 * 365 * 86400
_MADE_HERE = re.compile(r"[0-9a-f]{32}")


def browser_of(cookies: dict[str, str]) -> str:
    """The id of the browser that sent these cookies; "" if it has none of ours."""
    value = cookies.get(COOKIE, "")
    return value if _MADE_HERE.fullmatch(value) else ""


class BrowserCookie:
    """Gives a browser that asks for a page its id, once. Scripts can't read it, and other sites can't have it sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "GET" or browser_of(_cookies(scope)):
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _new_cookie(scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, sending)


def _cookies(scope: Scope) -> dict[str, str]:
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                return cookie_parser(value.decode("latin-1"))
            except CookieError:
                return {}
    return {}


def _new_cookie(secure: bool) -> str:
    made: SimpleCookie = SimpleCookie()
    made[COOKIE] = secrets.token_hex(16)
    attributes: dict[str, Any] = {"path": "/", "max-age": YEARS_2, "httponly": True, "samesite": "Lax"}
    for name, value in {**attributes, "secure": secure}.items():
        made[COOKIE][name] = value
    return made[COOKIE].OutputString()
