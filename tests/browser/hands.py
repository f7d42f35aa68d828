"""A host's sheet in the panel, as a test of any platform goes through it; and people who give it something to do."""

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect

from bench.client import Caller, Server, send
from tests.browser.conftest import until
from tests.factories import photo_bytes

ACCENT = "body => getComputedStyle(body).getPropertyValue('--accent').trim()"
NAVY, OURS = "#0a1f44", "#ffbf2e"
SIDEWAYS = "element => element.scrollWidth > element.clientWidth"


@dataclass
class Crowd:
    """People in an event, by the web and without a browser."""

    server: Server
    code: str
    callers: list[Caller] = field(default_factory=list)

    def come(self, name: str, story: str) -> tuple[Caller, int]:
        """Somebody comes and sends a photo; its id."""
        caller = Caller(self.server.port)
        self.callers.append(caller)
        caller.token = caller.post("/api/join", {"code": self.code})["token"]
        return caller, send(caller, photo_bytes(30 + len(self.callers), (640, 480)), name, story)

    def state_of(self, caller: Caller) -> str:
        return str(caller.get("/api/me")["photos"][0]["state"])

    def tell(self, caller: Caller, path: str, body: dict[str, Any]) -> None:
        caller.call("POST", path, json.dumps(body).encode(), "application/json")

    def report(self, caller: Caller, photo: int) -> None:
        self.tell(caller, "/api/opened", {"opened": [{"id": photo, "how": "wall"}]})
        self.tell(caller, "/api/report", {"photo": photo, "reason": "rude", "block": False})


@contextmanager
def crowd_of(server: Server, code: str) -> Iterator[Crowd]:
    crowd = Crowd(server, code)
    try:
        yield crowd
    finally:
        for caller in crowd.callers:
            caller.__exit__()


def open_hand(panel: Page | FrameLocator) -> Locator:
    panel.locator("button.hand").click()
    sheet = panel.locator("dialog.hand-sheet")
    expect(sheet.locator(".hand-body[aria-busy=false]")).to_be_visible()
    return sheet


def press(sheet: Locator, name: str) -> None:
    sheet.get_by_role("button", name=name, exact=True).click()


def start_and_extend(page: Page, sheet: Locator, crowd: Crowd) -> None:
    press(sheet, "Start the coffee break")
    press(sheet, "5 minutes more")
    watcher = crowd.callers[0]
    until(page, lambda: float((watcher.get("/api/break")["break"] or {"left": 0})["left"]) > 600)


def end_and_undo(panel: Page | FrameLocator, sheet: Locator) -> None:
    press(sheet, "Ring the bell now")
    expect(panel.locator("#break")).to_contain_text("Back to your seats")
    expect(sheet.locator(".undo-bar")).to_contain_text("Coffee break ended")
    press(sheet.locator(".undo-bar"), "Undo")
    expect(panel.locator("#break")).not_to_contain_text("Back to your seats")
    press(sheet, "Ring the bell now")
    expect(panel.locator("#break")).to_contain_text("Back to your seats")


def approve_and_undo(page: Page, sheet: Locator, crowd: Crowd) -> None:
    """Somebody's photo waits; it is refused, taken back, and approved."""
    sheet.get_by_role("switch", name="Look at each photo before it shows").check()
    until(page, lambda: bool(crowd.callers[0].post("/api/join", {"code": crowd.code})["event"]["reviewed"]))
    eva, _ = crowd.come("Eva", "I keep bees on the roof")
    row = sheet.locator(".waiting-one", has_text="I keep bees on the roof")
    press(row, "Refuse")
    expect(sheet.locator(".undo-bar")).to_contain_text("Refused: Eva")
    until(page, lambda: crowd.state_of(eva) == "refused")
    press(sheet.locator(".undo-bar"), "Undo")
    press(row, "Approve")
    until(page, lambda: crowd.state_of(eva) == "placed")


def settle_reports(sheet: Locator) -> None:
    """Two reports about one person are one row; it is settled, and settled once more after an undo from the list."""
    report = sheet.locator(".report")
    expect(report).to_have_count(1)
    expect(report).to_contain_text("Reported by 2 people")
    press(report, "Hide the photo")
    expect(sheet.locator(".report.open")).to_have_count(0)
    sheet.get_by_text("What was done").click()
    sheet.get_by_role("button", name="Undo: Photo hidden: Cleo").click()
    expect(sheet.locator(".report.open")).to_have_count(1)
    press(report, "All is well")
    expect(sheet.locator(".report.open")).to_have_count(0)


def reveal_and_undo(sheet: Locator) -> None:
    press(sheet, "Reveal the picture")
    sheet.get_by_role("button", name="Undo: it comes in").click()
    expect(sheet.get_by_role("button", name="Reveal the picture", exact=True)).to_be_visible()


def change_what_it_allows(page: Page, sheet: Locator, crowd: Crowd) -> None:
    """Hellos and lines go off and on again for everybody."""
    watcher = crowd.callers[0]

    def allowed() -> tuple[Any, ...]:
        wall = watcher.get("/api/wall")
        return wall["hellos"], wall["lines"]

    sheet.get_by_text("What people may do").click()
    for switch in ("Say hello", "Stand in line"):
        sheet.get_by_role("switch", name=switch).uncheck()
    until(page, lambda: allowed() == (False, False))
    for switch in ("Say hello", "Stand in line"):
        sheet.get_by_role("switch", name=switch).check()
    until(page, lambda: allowed() == (True, True))
    sheet.get_by_text("What people may do").click()


def plan_and_call_off(sheet: Locator) -> None:
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    sheet.get_by_text("Planned breaks").click()
    sheet.get_by_label("Day and time").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    press(sheet, "Plan this break")
    expect(sheet.locator(".agenda-list li")).to_have_count(1)
    sheet.locator(".agenda-list").get_by_role("button").click()
    expect(sheet.get_by_text("None is planned.")).to_be_visible()
    sheet.get_by_text("Planned breaks").click()


def wear_a_colour(page: Page, panel: Page | FrameLocator, sheet: Locator) -> None:
    """The panel that the sheet stands in wears it at once."""
    body = panel.locator("body")
    sheet.get_by_text("Your own look").click()
    sheet.locator("#look-colour").fill(NAVY)
    until(page, lambda: str(body.evaluate(ACCENT)) != OURS)
    press(sheet, "Back to ours")
    until(page, lambda: str(body.evaluate(ACCENT)) == OURS)
    sheet.get_by_text("Your own look").click()


def forbid_a_word(sheet: Locator) -> None:
    sheet.get_by_text("Your own rules").click()
    sheet.get_by_label("Words that nobody may use").fill("globex")
    press(sheet.locator(".rules"), "Save")
    expect(sheet.get_by_text("Saved.")).to_be_visible()
    sheet.get_by_text("Your own rules").click()


def settle_the_event(page: Page, panel: Page | FrameLocator, sheet: Locator, crowd: Crowd) -> None:
    """What an event allows, plans, looks like and forbids, without the desk."""
    change_what_it_allows(page, sheet, crowd)
    plan_and_call_off(sheet)
    wear_a_colour(page, panel, sheet)
    forbid_a_word(sheet)
    assert not is_sideways(panel)


def is_sideways(panel: Page | FrameLocator) -> bool:
    """Whether the sheet, or the page around it, can be scrolled sideways."""
    return bool(
        panel.locator(".hand-body").evaluate(SIDEWAYS)
        or panel.locator("html").evaluate(SIDEWAYS)
        or panel.locator(".hand-sheet").evaluate(SIDEWAYS)
    )
