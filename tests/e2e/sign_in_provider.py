"""A provider to sign in with, as OpenID Connect describes it, for one person who is never asked anything."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "stepscope"


class _Handler(BaseHTTPRequestHandler):
    server: _Provider

    def do_GET(self) -> None:
        place, query = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
        if place.path == "/authorize":
            self.server.nonce = query.get("nonce", [""])[0]
            back = urlencode({"code": "once", "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{back}")
            self.end_headers()
        elif place.path == "/keys":
            self._give({"keys": [self.server.key.as_dict(private=False)]})
        else:
            self._give(self.server.description)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        now = int(time.time())
        claims = {"iss": self.server.url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 600}
        claims |= {"nonce": self.server.nonce, "email": self.server.email}
        token = jwt.encode({"alg": "RS256", "kid": self.server.key.kid}, claims, self.server.key)
        self._give({"access_token": "any", "token_type": "Bearer", "id_token": token, "expires_in": 600})

    def _give(self, values: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(values).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Provider(ThreadingHTTPServer):
    def __init__(self, email: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.email, self.nonce = email, ""
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.description = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }


@contextmanager
def sign_in_provider(email: str) -> Iterator[str]:
    """Run it; gives the address of its description."""
    provider = _Provider(email)
    thread = Thread(target=provider.serve_forever)
    thread.start()
    try:
        yield f"{provider.url}/.well-known/openid-configuration"
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()
