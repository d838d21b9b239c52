"""Who may talk to our routes. Streamlit checks nothing of them (measured: a foreign Origin got a 200).

On loopback, Host must be a loopback name and Origin, if there is one, the page's own host. Off loopback (the server was
told to listen elsewhere) a token is needed as well, which our pages get from the server's own process.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
TOKEN = secrets.token_urlsafe(24)
"""Needed by clients that reach us by another name than a loopback one; new at every start."""


def host_name(value: str) -> str:
    """The host of a Host header or an Origin, without port and brackets, in lower case; empty if it is no host."""
    try:
        return (urlsplit(value if "//" in value else f"//{value}").hostname or "").lower()
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host name means this machine."""
    if name in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refusal(headers: Headers, query: QueryParams) -> str | None:
    """Why a request is refused, as a sentence; None if it may pass."""
    host, origin = headers.get("host", ""), headers.get("origin")
    token = query.get("token", "").encode("utf-8", "replace")
    if not is_loopback(host_name(host)) and not hmac.compare_digest(token, TOKEN.encode()):
        return "This address is only for this machine: use http://127.0.0.1 or http://localhost."
    if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
        return "Requests from another site are refused."
    if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return "Requests from another site are refused."
    return None
