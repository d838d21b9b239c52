"""Finds the Chromium that browser tests drive, or installs one.

`python -m tests.e2e.chromium` prints its path; with `--install` it first installs one where there is none.
Tests call `find_chromium()`, which raises with a sentence that says what to do: they fail rather than skip.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

# In a process of its own: Playwright's sync API refuses to start twice in one thread.
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\nwith sync_playwright() as p: print(p.chromium.executable_path)"
)


class NoChromium(RuntimeError):
    """There is no browser to test with; the message says how to get one."""


def find_chromium() -> str:
    """The path of a Chromium: $STEPSCOPE_CHROMIUM, else one on PATH, else Playwright's own.

    Raises:
        NoChromium: none was found, or the variable names a file that isn't there.
    """
    chosen = os.environ.get("STEPSCOPE_CHROMIUM")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise NoChromium(f"STEPSCOPE_CHROMIUM is {chosen}, and no program is there.")
        return found
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    if MAC.exists():
        return str(MAC)
    own = playwrights_own()
    if own is not None:
        return own
    raise NoChromium(
        "The browser tests need a Chromium and none was found. Install one (Debian: apt-get install "
        "chromium; elsewhere: python -m playwright install chromium), or set STEPSCOPE_CHROMIUM to its path."
    )


def playwrights_own() -> str | None:
    """The browser that `playwright install` has put in its cache, if it is there."""
    asked = subprocess.run([sys.executable, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if asked.returncode == 0 and Path(path).is_file() else None


def install() -> None:
    """Install a Chromium: Debian's package as root where there is apt-get, else Playwright's download.

    Raises:
        NoChromium: the installer failed; its own output is on the terminal.
    """
    if shutil.which("apt-get") and os.geteuid() == 0:
        commands = [
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
        ]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        print("No Chromium found:", *command, flush=True)
        done = subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise NoChromium(
                f"`{' '.join(command)}` ended with exit code {done.returncode}, so there is no Chromium for "
                "the browser tests. Install one by hand, or set STEPSCOPE_CHROMIUM to the path of one."
            )


def main() -> int:
    """Print the path of a Chromium, after installing one if asked to. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.chromium", description=__doc__)
    parser.add_argument("--install", action="store_true", help="install one if none is found")
    arguments = parser.parse_args()
    try:
        try:
            path = find_chromium()
        except NoChromium:
            if not arguments.install or os.environ.get("STEPSCOPE_CHROMIUM"):
                raise
            install()
            path = find_chromium()
    except NoChromium as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"Browser tests use {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
