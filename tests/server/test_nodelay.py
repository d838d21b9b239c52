"""TCP_NODELAY is set on what listens, inherited by what is accepted, and nothing else is touched."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

import httpx
import pytest

from inspectors.server.nodelay import set_nodelay


def delays(one: socket.socket) -> bool:
    return not one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_listening_socket_and_what_it_accepts_have_no_delay(family: socket.AddressFamily) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(family))
        try:
            listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        listener.listen(5)
        assert delays(listener)
        assert set_nodelay() >= 1
        assert not delays(listener)
        client = stack.enter_context(socket.create_connection(listener.getsockname()[:2], timeout=5))
        accepted = stack.enter_context(listener.accept()[0])
        assert not delays(accepted)
        assert delays(client)


def test_the_socket_of_a_real_server_has_no_delay(served: int) -> None:
    found = []
    for name in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as one:
                if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and one.getsockname()[1] == served:
                    found.append(delays(one))
    assert found == [False]
    with httpx.Client(base_url=f"http://127.0.0.1:{served}", trust_env=False, timeout=60.0) as http:
        assert http.get("/stepscope/api/health").json() == {"stepscope": True}


def test_files_and_pipes_are_left_alone_and_none_is_left_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w"), socket.socket(socket.AF_UNIX) as unix, socket.socket() as closed:
        unix.bind(str(tmp_path / "unix"))
        unix.listen(1)
        closed.bind(("127.0.0.1", 0))  # bound, but it doesn't listen
        before = sorted(os.listdir("/dev/fd"))
        assert set_nodelay() == 0
        assert sorted(os.listdir("/dev/fd")) == before
