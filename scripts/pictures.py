"""Makes the pictures in docs/pictures from the real app: `python -m scripts.pictures`.

They follow the three journeys of docs/guide.md. With `--all FOLDER` every page is taken instead, light and dark,
wide and narrow, for a designer's eye.
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
SETTLED_MS = 1500
"""Fonts and the canvas of the graph have no event to wait for."""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m scripts.pictures")
    parser.add_argument("--all", metavar="FOLDER", help="every page, light and dark, wide and narrow, into this folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        app = AppProcess(Path(folder) / "stepscope.db").start()
        try:
            page = OfflineContext(browser, 1440, 900).page()
            for name, ready in {
                "ParallelSearchWorkflow": "result",
                "SummarizerWorkflow": "result",
                "ResearchWorkflow": "result",
                "DraftReviewWorkflow": "review-form",
            }.items():
                run(page, app, name, ready)
            if arguments.all:
                every_page(browser, app, page, Path(arguments.all))
            else:
                PICTURES.mkdir(parents=True, exist_ok=True)
                first_approved_draft(app, page)
                reviewer_from_a_link(app, page)
                a_failure(app, page)
        finally:
            app.stop()


def run(page: Page, app: AppProcess, name: str, ready: str) -> str:
    """Start a sample from its card, wait until its trace shows `ready`, give the run's id."""
    open_page(page, app.url)
    key(page, f"workflow-card-{name}").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    run_id = run_id_of(page)
    key(page, ready).first.wait_for(timeout=30_000)
    return run_id


def take(page: Page, name: str, folder: Path = PICTURES) -> None:
    """Picture what the page shows once it has come to rest."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=folder / f"{name}.png")


def first_approved_draft(app: AppProcess, page: Page) -> None:
    """Journey 1: card, Run, Approve."""
    open_page(page, app.url)
    take(page, "first-1-browse")
    key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()
    key(page, "run-start").wait_for()
    take(page, "first-2-workflow")
    key(page, "run-start").get_by_role("button").click()
    key(page, "review-form").wait_for(timeout=20_000)
    take(page, "first-3-paused")
    key(page, "review-submit").get_by_role("button").first.click()
    key(page, "result").wait_for(timeout=20_000)
    take(page, "first-4-done")


def reviewer_from_a_link(app: AppProcess, page: Page) -> None:
    """Journey 2: the link of a request; edit, send, and the next request opens."""
    run(page, app, "ApprovalWorkflow", "review-form")
    draft = run(page, app, "DraftReviewWorkflow", "review-form")
    open_page(page, f"{app.url}/review?prompt={draft}-1")
    key(page, "review-form").wait_for(timeout=20_000)
    take(page, "review-1-request")
    page.get_by_role("button", name="Edit", exact=True).click()
    text = page.get_by_role("textbox", name="Draft")
    text.fill(text.input_value().replace("Start there", "Begin with them") + "\n\nQuestions go to the desk.")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Approve with my edits").wait_for()
    take(page, "review-2-edited")


def a_failure(app: AppProcess, page: Page) -> None:
    """Journey 3: Traces, the newest failed run, run it again edited."""
    run(page, app, "RiskyFailsWorkflow", "error")
    page.get_by_role("link", name="Traces").first.click()
    key(page, "trace-list").get_by_role("link").first.wait_for(timeout=20_000)
    take(page, "failure-1-traces")
    key(page, "trace-list").get_by_role("link").first.click()
    key(page, "error").wait_for(timeout=20_000)
    take(page, "failure-2-trace")
    page.get_by_role("link", name="Run again, edited").click()
    key(page, "run-start").wait_for(timeout=20_000)
    take(page, "failure-3-again")


def every_page(browser: Browser, app: AppProcess, page: Page, folder: Path) -> None:
    """All pages in every theme and width."""
    folder.mkdir(parents=True, exist_ok=True)
    done = run(page, app, "ParallelSearchWorkflow", "result")
    failed = run(page, app, "RiskyFailsWorkflow", "error")
    draft = run(page, app, "DraftReviewWorkflow", "review-form")
    paused = run(page, app, "ApprovalWorkflow", "review-form")
    paths = {
        "browse": "/",
        "browse-no-match": "/?q=nothing+of+that+name",
        "workflow": "/workflow?id=approval.ApprovalWorkflow",
        "workflow-loop": "/workflow?id=draft_review.DraftReviewWorkflow",
        "trace": f"/trace?run={paused}",
        "trace-done": f"/trace?run={done}",
        "trace-failed": f"/trace?run={failed}",
        "review": f"/review?prompt={draft}-1",
        "traces": "/traces",
        "trace-missing": "/trace?run=ffffffff",
    }
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            shown = OfflineContext(browser, width, height, dark=theme == "dark").page()
            for name, path in paths.items():
                open_page(shown, app.url + path)
                take(shown, f"{name}-{theme}-{size}", folder)
            shown.context.close()


if __name__ == "__main__":
    main()
