"""People in line, as a test of any platform goes through it: they answer, talk, and keep in touch afterwards."""

import re
import sqlite3
import time
from contextlib import closing

from playwright.sync_api import FrameLocator, Page, expect

from bench.client import Server

Panel = Page | FrameLocator


def change(server: Server, statement: str, *values: object) -> None:
    """Let the clock of a break be elsewhere: no test waits for minutes."""
    with closing(sqlite3.connect(server.data / "mosaic.sqlite3", timeout=30)) as connection:
        connection.execute(statement, values)
        connection.commit()


def open_the_line(server: Server, code: str) -> None:
    """A break that is in its line."""
    change(
        server,
        "INSERT INTO breaks (event_id, begins_at, pour, stroll, line, finished, room)"
        " SELECT id, ?, 0, 0, 1800, 0, '' FROM events WHERE code = ?",
        time.time() - 5,
        code,
    )


def say(panel: Panel, label: str, words: str) -> None:
    panel.locator("dialog.line").get_by_label(label).fill(words)
    panel.locator("dialog.line").get_by_role("button", name="Send").click()


def talk_and_keep_in_touch(server: Server, code: str, ada: Panel, ben: Panel) -> None:
    """Ada and Ben, who are on the wall, stand in line; and go on in a conversation when the break has ended."""
    open_the_line(server, code)
    for panel in (ada, ben):
        panel.get_by_role("button", name="Get in line").click()
    for panel in (ada, ben):
        expect(panel.locator("dialog.line .stander")).to_have_count(1)
    change(server, "UPDATE lines SET moves_at = moves_at + 3600")
    say(ada, "Your answer", "In Porto, by the sea")
    expect(ben.locator(".said-line.theirs.answer")).to_have_text(["Ada: In Porto, by the sea"])
    say(ben, "Your answer", "In Oslo")
    expect(ada.locator(".said-line.answer")).to_have_count(2)
    say(ben, "Your own words", "Is it warm?")
    expect(ada.locator(".said-line").last).to_have_text("Ben: Is it warm?")

    change(server, "UPDATE breaks SET ended_at = ? WHERE ended_at IS NULL", time.time())
    for panel in (ada, ben):
        expect(panel.locator("dialog.touch .touch-row")).to_have_count(1)
    ada.locator("dialog.touch").get_by_role("button", name="Say hello to Ben").click()
    expect(ada.locator("dialog.touch").get_by_text("Hello sent")).to_be_visible()
    expect(ben.locator("#hellos-count")).to_have_text("1")
    ben.locator("dialog.touch").get_by_role("button", name="Close").last.click()
    ben.locator("#go-hellos").click()
    ben.locator("#place-hellos").get_by_role("button", name=re.compile("Ada")).first.click()
    expect(ben.locator("dialog.talk .said-line.theirs")).to_contain_text("Let us keep in touch!")
    ben.locator("dialog.talk .phrase").first.click()
    expect(ben.locator("dialog.talk .said-line.mine")).to_have_count(1)
    expect(ben.locator("dialog.talk").get_by_role("button", name="Share contact")).to_be_in_viewport()
    expect(ada.locator("#hellos-count")).to_have_text("1")
