"""Makes the pictures in docs/pictures from the real app: `python -m scripts.pictures`.

With `--all FOLDER` it also takes every page light and dark, wide and narrow, for a designer's eye.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.app_process import AppProcess
from tests.e2e.browser import OfflineContext, chromium, key, open_page, run_id_of

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZES = {"wide": (1440, 1000), "narrow": (390, 844)}


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m scripts.pictures")
    parser.add_argument("--all", metavar="FOLDER", help="every page, light and dark, wide and narrow, into this folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        app = AppProcess(Path(folder) / "stepscope.db").start()
        try:
            paths = _runs(browser, app)
            if arguments.all:
                _every(browser, app, paths, Path(arguments.all))
            else:
                _documentation(browser, app, paths)
        finally:
            app.stop()


def _runs(browser: Browser, app: AppProcess) -> dict[str, str]:
    """Make runs in every state; paths of the pages to picture."""
    page = OfflineContext(browser).page()
    runs = {}
    for name, ready in {
        "ParallelSearchWorkflow": "result",
        "RiskyFailsWorkflow": "error",
        "DraftReviewWorkflow": "review-form",
        "ApprovalWorkflow": "review-form",
    }.items():
        open_page(page, app.url)
        key(page, f"workflow-card-{name}").get_by_role("link").click()
        key(page, "run-start").get_by_role("button").click()
        runs[name] = run_id_of(page)
        key(page, ready).first.wait_for(timeout=20_000)
    page.wait_for_timeout(1500)
    page.context.close()
    return {
        "browse": "/",
        "workflow": "/workflow?id=approval.ApprovalWorkflow",
        "workflow-loop": "/workflow?id=draft_review.DraftReviewWorkflow",
        "trace": f"/trace?run={runs['ApprovalWorkflow']}",
        "trace-done": f"/trace?run={runs['ParallelSearchWorkflow']}",
        "trace-failed": f"/trace?run={runs['RiskyFailsWorkflow']}",
        "review": f"/review?prompt={runs['DraftReviewWorkflow']}-1",
        "traces": "/traces",
        "trace-missing": "/trace?run=ffffffff",
    }


def _picture(page: Page, url: str, file: Path) -> None:
    open_page(page, url)
    page.wait_for_timeout(1500)  # fonts and the canvas have no event to wait for
    page.screenshot(path=file)


def _documentation(browser: Browser, app: AppProcess, paths: dict[str, str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = OfflineContext(browser, 1440, 900).page()
    for name in ("browse", "workflow", "trace", "trace-failed", "review", "traces"):
        _picture(page, app.url + paths[name], PICTURES / f"{name}.png")


def _every(browser: Browser, app: AppProcess, paths: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            page = OfflineContext(browser, width, height, dark=theme == "dark").page()
            for name, path in paths.items():
                _picture(page, app.url + path, folder / f"{name}-{theme}-{size}.png")
            page.context.close()


if __name__ == "__main__":
    main()
