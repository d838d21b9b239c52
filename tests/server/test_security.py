"""Who may talk to the routes: this machine by a loopback name, from our own pages."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers, QueryParams
from starlette.testclient import TestClient

from inspectors.server.security import TOKEN, refusal

ELSEWHERE = "This address is only for this machine: use http://127.0.0.1 or http://localhost."
FOREIGN = "Requests from another site are refused."


def refused(host: str = "127.0.0.1:8501", query: str = "", **headers: str) -> str | None:
    given = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return refusal(Headers(given), QueryParams(query))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8501", "127.0.0.1", "localhost:8501", "LOCALHOST", "[::1]:8501", "[::1]", "127.8.9.1:1"]
)
def test_loopback_names_may_pass(host: str) -> None:
    assert refused(host) is None
    assert refused(host, origin=f"http://{host}", sec_fetch_site="same-origin") is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "evil.example/127.0.0.1",
        "localhost@evil.example",
        "192.168.1.5:8501",
        "0.0.0.0:8501",
        "[::]:8501",
        "[::ffff:192.168.1.5]",
        "",
        "[",
        "[::1",
        "a]b",
        "127.0.0.1:port",
        "\xe9",
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    assert (refused(host) is None) == (host == "127.0.0.1:port")  # the name alone decides


def test_another_host_passes_with_the_servers_token() -> None:
    assert refused("192.168.1.5:8501", f"token={TOKEN}") is None
    for wrong in ("", TOKEN[:-1], TOKEN + "x", "é", "\ud800"):
        assert refused("192.168.1.5:8501", "") == ELSEWHERE
        assert refusal(Headers({"host": "192.168.1.5"}), QueryParams({"token": wrong})) == ELSEWHERE
    assert refused("192.168.1.5:8501", f"token={TOKEN}", origin="http://evil.example") == FOREIGN


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:9999",
        "http://localhost:8501",
        "http://127.0.0.1:8501.evil.example",
        "http://127.0.0.1:8501@evil.example",
        "ftp://127.0.0.1:8501",
        "127.0.0.1:8501",
        "null",
        "",
        "http://[",
        "file://",
    ],
)
def test_another_origin_is_refused(origin: str) -> None:
    assert refused(origin=origin) == FOREIGN


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_site_started_is_refused(site: str) -> None:
    assert refused(sec_fetch_site=site) == FOREIGN


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_pages_and_typed_addresses_may_pass(site: str) -> None:
    assert refused(sec_fetch_site=site) is None


def test_every_route_is_behind_the_checks(client: TestClient) -> None:
    for path in ("/api/health", "/api/runs/x/rows", "/api/runs/x/records/1", "/assets/v/parts/x.js", "/nowhere", ""):
        for headers in (
            {"Host": "evil.example"},
            {"Host": "["},
            {"Origin": "http://evil.example"},
            {"Origin": "http://["},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            for method in ("GET", "POST"):
                answer = client.request(method, f"/stepscope{path}", headers=headers)
                assert answer.status_code == 403, (method, path, headers)
                assert answer.json()["error"] in (ELSEWHERE, FOREIGN)
                assert "access-control-allow-origin" not in answer.headers


def test_the_token_never_travels_by_itself(client: TestClient) -> None:
    for path in ("/api/health", "/nowhere"):
        assert TOKEN not in client.get(f"/stepscope{path}").text
