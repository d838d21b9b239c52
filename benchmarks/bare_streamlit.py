"""A Streamlit script without Stepscope: what a figure is measured beside."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error, Page

from tests.e2e.app_process import free_port


@contextmanager
def bare_streamlit(page: Page, script: Path, code: str) -> Iterator[str]:
    """Serve `code` as the file `script`, and open it in the page as soon as the server listens; gives its URL."""
    script.write_text(code, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                page.goto(url)
                break
            except Error:  # refused until the server listens
                time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()
