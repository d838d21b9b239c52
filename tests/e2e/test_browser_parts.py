"""How Streamlit calls a part of ours, also in the orders that only a slow browser shows."""

from __future__ import annotations

import json

from playwright.sync_api import Page

from pages.parts.browser import LOADER

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
  const settle = () => new Promise((done) => setTimeout(done, 50));
  call('one');
  await settle();
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


def test_a_part_lives_on_when_streamlit_cleans_up_after_data_that_was_overtaken(page: Page):
    page.goto("about:blank")
    told, shown = page.evaluate(CALLS, [PART, LOADER % json.dumps("PART")])
    assert told == ["1 shows one", "1 shows two", "1 shows three", "1 shows four", "1 closed"]
    assert shown == 1
