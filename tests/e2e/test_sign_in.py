"""Where Streamlit's login is set up, whoever answers can sign in, and the answer has that name."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess, free_port
from tests.e2e.browser import key, open_page, run_id_of, settled
from tests.waiting import until

pytest.importorskip("authlib", reason="pip install 'streamlit[auth]' tries signing in, which is optional")

SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a long secret of this test and of nothing else"
client_id = "stepscope"
client_secret = "{port}"
server_metadata_url = "{provider}"
"""


def test_a_reviewer_signs_in_comes_back_to_the_request_and_answers_by_name(page: Page, tmp_path: Path):
    from tests.e2e.sign_in_provider import sign_in_provider

    port, secrets = free_port(), tmp_path / "secrets.toml"
    with sign_in_provider("ada@example.org") as provider:
        secrets.write_text(SECRETS.format(port=port, provider=provider))
        variables = {"STREAMLIT_SECRETS_FILES": str(secrets)}
        app = AppProcess(tmp_path / "stepscope.db", port=port, variables=variables).start()
        store = Store(app.database)
        try:
            open_page(page, f"{app.url}/workflow?id=approval.ApprovalWorkflow")
            key(page, "run-start").get_by_role("button").click()
            run_id = run_id_of(page)
            (prompt,) = until(lambda: store.prompts(run_id), "a prompt")
            open_page(page, f"{app.url}/review?prompt={prompt.prompt_id}")
            page.get_by_role("button", name="Sign in").click()
            expect(key(page, "identity")).to_contain_text("Answering as")
            expect(key(page, "identity")).to_contain_text("ada@example.org")
            expect(key(page, "identity")).to_contain_text("signed in")
            settled(page)
            key(page, "review-submit").get_by_role("button", name="Approve").click()
            answered = until(lambda: (one := store.prompt(prompt.prompt_id)) and one.answered_at and one, "an answer")
            assert answered.answered_by == "ada@example.org"
        finally:
            store.close()
            app.stop_later()
