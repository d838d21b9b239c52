"""How Streamlit calls a part of ours, also in the orders that only a slow browser shows."""

from __future__ import annotations

import json

from playwright.sync_api import Page, Route, expect

from inspectors.server.assets import asset_path
from pages.parts.browser import LOADER
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page

PART = """
window.told = [];
export const make = (root) => {
  const number = window.made = (window.made ?? 0) + 1;
  return {
    update: (component) => window.told.push(`${number} shows ${component.data}`),
    close: () => window.told.push(`${number} closed`),
  };
};
"""
CALLS = """async ([part, loader]) => {
  const blob = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const { default: show } = await import(blob(loader.replace('PART', blob(part))));
  const root = document.body.appendChild(document.createElement('div'));
  const ends = [];
  const call = (data) => ends.push(show({ parentElement: root, data }));
  call('one');
  while (!window.told?.length) await new Promise((done) => setTimeout(done, 5));
  call('two');
  ends[0]();  // Streamlit's clean-up of data that was overtaken comes late, and after the newer call
  call('three');
  ends[1]();
  call('four');
  const shown = root.childElementCount;
  root.remove();
  ends[3]();
  ends[2]();
  return [window.told, shown];
}"""

BACK = """async (url) => {
  const app = document.body.appendChild(document.createElement('div'));
  app.dataset.testid = 'stApp';
  const become = async (state) => {
    app.dataset.testConnectionState = state;
    app.dataset.testScriptState = 'notRunning';
    await Promise.resolve();  // the part watches
  };
  const asked = [];
  const drawn = (number) => ({ data: { drawn: number }, setTriggerValue: (name) => asked.push(name) });
  await become('CONNECTED');
  const part = (await import(url)).make(document.body.appendChild(document.createElement('div')));
  part.update(drawn(1));
  await become('DISCONNECTED_FOREVER');
  part.update(drawn(2));  // sent before the server was gone, drawn after it
  await become('CONNECTED');
  part.update(drawn(2));  // Streamlit greys no button any more; the rerun has not begun
  for (let n = 0; n < 100 && !('ssLost' in document.documentElement.dataset); n += 1) {
    await new Promise((done) => setTimeout(done, 50));
  }
  const lost = ['ssLost' in document.documentElement.dataset];
  part.update(drawn(3));
  lost.push('ssLost' in document.documentElement.dataset);
  return [asked, lost];
}"""


def test_clicks_wait_for_the_rerun_of_a_server_that_is_back_and_for_no_earlier_one(app: AppProcess, page: Page):
    script = f"{app.url}/{asset_path('parts/connection.js')}"
    page.goto(script)
    asked, lost = page.evaluate(BACK, script)
    assert (set(asked), lost) == ({"back"}, [True, False])  # asked again after 3 s, if that long goes by here


TYPED = """async (url) => {
  const sent = [];
  window.fetch = async (_, { body }) => (sent.push(JSON.parse(body)), { ok: true });
  document.body.innerHTML = '<p class="a"><textarea></textarea></p><p class="b"><textarea>typed</textarea></p>';
  const places = { a: ['comment', 'kept before'], b: ['other', ''] };
  (await import(url)).make().update({ data: { prompt: 'p', second: 'none', places } });
  document.dispatchEvent(new Event('change'));
  return sent;
}"""


def test_a_box_that_has_not_its_text_yet_takes_nothing_from_what_was_kept(app: AppProcess, page: Page):
    script = f"{app.url}/{asset_path('parts/review_keys.js')}"
    page.goto(script)
    assert page.evaluate(TYPED, script) == [{"other": "typed"}], "typed before the script was there; the other is empty"


def test_a_part_lives_on_when_streamlit_cleans_up_after_data_that_was_overtaken(page: Page):
    page.goto("about:blank")
    told, shown = page.evaluate(CALLS, [PART, LOADER % json.dumps("PART")])
    assert told == ["1 shows one", "1 shows two", "1 shows three", "1 shows four", "1 closed"]
    assert shown == 1


def test_a_part_whose_script_could_not_be_had_is_shown_once_it_can(app: AppProcess, page: Page):
    refused: list[str] = []

    def refuse_twice(route: Route) -> None:
        refused.append(route.request.url)
        route.abort() if len(refused) <= 2 else route.continue_()

    page.route("**/parts/graph.js", refuse_twice)
    open_page(page, f"{app.url}/workflow?id=approval.ApprovalWorkflow")
    expect(key(page, "graph").get_by_role("button", name="step handle_review")).to_be_visible()
    assert len(refused) > 2
