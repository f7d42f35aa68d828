"""The panel inside Zoom: the real SDK, a client played to it, a stand-in for Zoom's servers, and the whole service."""

import base64
import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.client import Server
from tests.browser import hands
from tests.browser.conftest import OVERFLOWS, PATIENCE_MILLISECONDS, forget_limits, note_error, slowly, until
from tests.factories import photo_bytes
from tests.fake_zoom.client import ZoomPerson
from tests.fake_zoom.server import FakeZoom

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
SCREENSHOTS = Path("test-results")
STEADY = 4  # looks in a row
SMALLEST = (336, 342)  # Zoom's smallest window on Windows

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def server(zoom_server: Server) -> Server:
    forget_limits(zoom_server)
    return zoom_server


@pytest.fixture
def enter(browser: Browser, server: Server, address: str) -> Iterator[Enter]:
    """Open the panel as somebody with a Zoom client, or without one; an error on the page fails the test."""
    forget_limits(server)  # more walls are opened here than somebody may within an hour
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def entered(
        person: ZoomPerson | None = None,
        path: str = "/zoom/home",
        width: int = SMALLEST[0],
        height: int = SMALLEST[1],
        **options: Any,
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        if person:
            person.enter(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: note_error(errors, message))
        page.goto(f"{address}{path}")
        return page

    yield entered
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def meeting(request: pytest.FixtureRequest) -> str:
    """The id of a meeting of this test's own."""
    return base64.b64encode(request.node.name.encode()).decode()


def calls(page: Page, name: str) -> list[Any]:
    """What the page asked of the client."""
    found = page.evaluate("name => fakeZoom.calls.filter((call) => call.name === name)", name)
    return [call["data"] for call in found]


def open_wall(host: Page) -> str:
    """As the host, open a wall for the meeting; its join code."""
    host.get_by_role("button", name="Open the wall").click()
    expect(host.get_by_text("Be the first")).to_be_visible()
    host.locator("button.pin").click()
    code = host.locator(".big-code").inner_text()
    host.keyboard.press("Escape")
    return code


def taken(colour: int) -> dict[str, Any]:
    """A photo as Zoom's client hands it over."""
    data = base64.b64encode(photo_bytes(colour, (640, 480))).decode()
    return {"photo": {"width": 640, "height": 480, "data": data}}


def send_photo(
    page: Page, *, story: str = "I bake bread at night", name: str | None = None, stage: str | None = None
) -> None:
    """Take a picture with Zoom's camera and send it."""
    page.locator("#next").click()
    sheet = page.locator("dialog.sheet")
    sheet.get_by_role("button", name="Take a picture").click()
    expect(sheet.locator(".frame img")).to_be_visible()
    sheet.get_by_label("Your story").fill(story)
    if name:
        sheet.get_by_label("Your name").fill(name)
    if stage:
        sheet.get_by_label(stage).check()
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You are on the wall")).to_be_visible()


def find(page: Page, story: str) -> None:
    """See the story on this person's wall."""
    page.locator("#go-people").click()
    expect(page.locator("#place-people").get_by_text(story)).to_be_visible()


def test_a_guest_is_somebody_with_their_screen_name_and_stays_so_after_a_reload(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    guest = enter(ZoomPerson(zoom, None, "Gus Guest", meeting=meeting, settings=taken(5)))
    expect(guest.get_by_text("Be the first")).to_be_visible()
    guest.locator("#next").click()
    expect(guest.get_by_label("Your name")).to_have_value("Gus Guest")
    guest.keyboard.press("Escape")
    send_photo(guest)
    guest.reload()
    guest.locator("#go-me").click()
    sheet = guest.locator("dialog.sheet")
    expect(sheet.get_by_text("I bake bread at night")).to_be_visible()
    expect(sheet.get_by_text("You are here as a guest")).to_be_visible()


def test_a_host_opens_a_wall_under_the_meetings_name_and_one_who_waits_comes_in_by_themselves(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting))
    expect(ben.get_by_role("heading", name="The wall is not open yet")).to_be_visible()
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings={"topic": "All hands"}))
    expect(hanna.get_by_label("What is it called?")).to_have_value("All hands")
    hanna.get_by_label("A cup of coffee").check()
    open_wall(hanna)
    expect(hanna.locator("#event")).to_have_text("All hands")
    expect(ben.locator("#event")).to_have_text("All hands")
    expect(ben.get_by_text("Be the first")).to_be_visible()


def test_a_meeting_that_comes_again_continues_its_wall(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    settings = {"topic": "Thursday coffee"} | taken(8)
    first = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings=settings))
    code = open_wall(first)
    send_photo(first, story="From last week")
    again = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", f"{meeting}2"))
    again.get_by_role("button", name=re.compile("Thursday coffee")).click()
    find(again, "From last week")
    again.locator("button.pin").click()
    expect(again.locator(".big-code")).to_have_text(code)


def test_a_host_invites_everybody_and_shows_nobody_who_said_no_to_the_stage(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings=taken(11)))
    open_wall(hanna)
    send_photo(hanna, story="Not for the stage", stage="Not there")
    hanna.locator("button.pin").click()
    sheet = hanna.locator("dialog.sheet")
    sheet.get_by_role("button", name="Invite everybody here").click()
    expect(sheet.get_by_text("Invite again for those who come later")).to_be_visible()
    sheet.get_by_role("button", name="Invite everybody again").click()
    until(hanna, lambda: hanna.evaluate("fakeZoom.called('sendAppInvitationToAllParticipants') === 2"))
    with hanna.expect_response(re.compile("/api/wall")) as answer:
        sheet.get_by_role("button", name="Show it to everybody").click()
    until(hanna, lambda: hanna.evaluate("fakeZoom.called('shareApp') === 1"))
    assert calls(hanna, "shareApp") == [{"action": "start"}]
    assert answer.value.json()["levels"] == []  # the stage's wall, and on it nobody who said no
    assert answer.value.json()["grid"]["homes"] == ""
    shown = hanna.locator(".shown")
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="Stop showing it").click()
    expect(shown).to_have_count(0)
    # Zoom's own button shares the app as well, whatever is open in it.
    hanna.locator("#go-me").click()
    hanna.evaluate("zoomSdk.shareApp({ action: 'start' })")
    expect(shown).to_be_visible()
    expect(sheet).to_have_count(0)
    hanna.evaluate("zoomSdk.shareApp({ action: 'stop' })")
    expect(shown).to_have_count(0)
    hanna.locator("button.pin").click()
    sheet.get_by_role("button", name="Open it for everybody").click()
    expect(sheet.get_by_role("button", name="Close it for everybody")).to_be_visible()
    assert calls(hanna, "startCollaborate") == [{"shareScreen": False}]


def test_what_zoom_refuses_is_told_in_words_with_a_way_on(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    settings = {
        "failing": {"shareApp": 10023, "sendAppInvitationToAllParticipants": 10099},
        "unsupported": ["startCollaborate"],
    }
    hanna = enter(
        ZoomPerson(
            zoom,
            "u_Hanna",
            "Hanna",
            "host",
            meeting,
            settings=settings,
        )
    )
    open_wall(hanna)
    hanna.locator("button.pin").click()
    sheet = hanna.locator("dialog.sheet")
    expect(sheet.get_by_role("button", name="Open it for everybody")).to_have_count(0)
    sheet.get_by_role("button", name="Show it to everybody").click()
    expect(sheet.get_by_text("The host has switched off screen sharing")).to_be_visible()
    expect(hanna.locator(".shown")).to_have_count(0)
    sheet.get_by_role("button", name="Invite everybody here").click()
    expect(sheet.get_by_text("Zoom did not do it. Try again, or pass on the link.")).to_be_visible()


def test_controls_follow_the_role_and_the_room(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    person = ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting)
    ben = enter(person)
    sheet = ben.locator("dialog.sheet")
    ben.get_by_role("button", name="Pass it on").click()
    expect(sheet.get_by_role("button", name="Invite everybody here")).to_have_count(0)
    expect(sheet.locator(".big-code")).to_be_visible()
    ben.keyboard.press("Escape")
    person.role = "coHost"
    ben.evaluate("fakeZoom.become({ role: 'coHost' })")
    ben.get_by_role("button", name="Bring the wall to everybody").click()
    expect(sheet.get_by_role("button", name="Open it for everybody")).to_be_visible()
    ben.keyboard.press("Escape")
    assert len(calls(ben, "config")) == 2  # a change of role ends the first
    person.room = "cm9vbS0x"
    ben.evaluate(
        "([meetingUUID, parentUUID]) => fakeZoom.become({ meetingUUID, parentUUID })", [person.room, meeting]
    )
    until(ben, lambda: ben.evaluate("fakeZoom.called('getAppContext') === 2"))
    ben.get_by_role("button", name="Bring the wall to everybody").click()
    expect(sheet.get_by_role("button", name="Invite everybody here")).to_be_visible()
    expect(sheet.get_by_text("no collaborate mode in breakout rooms")).to_be_visible()


def test_a_host_starts_at_300_pixels_with_a_picture_of_their_own_and_review(
    enter: Enter, zoom: FakeZoom, meeting: str, server: Server
) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting), width=300, height=640)
    targets = hanna.locator(".arrive .target")
    expect(targets).to_have_count(5)
    for target in targets.all():
        box = target.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 300
    hanna.locator(".arrive input[type=file]").set_input_files(
        {"name": "wide.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(3, (1200, 750))}
    )
    hanna.get_by_label("Portrait, for narrow panels").check()
    hanna.get_by_role("switch", name="Look at each photo before it shows").check()
    code = open_wall(hanna)
    ((columns, rows, reviewed),) = server.rows(
        "SELECT columns, rows, reviewed FROM walls JOIN events ON events.id = event_id WHERE code = ?",
        (code,),
    )
    assert (rows > columns, reviewed) == (True, 1)


def test_a_picture_that_is_none_opens_no_wall(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting), width=300, height=640)
    grey = {"name": "grey.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes("grey", (640, 480))[:700]}
    hanna.locator(".arrive input[type=file]").set_input_files(grey)
    hanna.get_by_role("button", name="Open the wall").click()
    expect(hanna.locator(".arrive .error:visible")).to_be_visible()
    expect(hanna.get_by_role("button", name="Open the wall")).to_be_enabled()


def test_each_way_to_bring_the_wall_to_everybody_says_what_it_does(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting), width=300, height=640)
    open_wall(hanna)
    hanna.locator("button.pin").click()
    for label, says in {
        "Invite everybody here": "gets an invitation in Zoom",
        "Show it to everybody": "As the shared screen",
        "Open it for everybody": "The panel opens by itself",
    }.items():
        button = hanna.get_by_role("button", name=label)
        expect(button).to_be_visible()
        expect(button.locator("xpath=following-sibling::p[1]")).to_contain_text(says)


def test_a_host_who_is_quicker_than_the_pictures_waits_for_them_and_not_in_vain(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting))
    expect(hanna.locator(".arrive .target").first).to_be_visible()  # it has asked, and asks anew below
    hanna.route("**/api/targets", slowly)
    hanna.route("**/api/targets", lambda route: route.fulfill(status=503, body="{}"), times=1)
    hanna.reload()
    expect(hanna.get_by_text("The pictures did not load.")).to_be_visible()
    with hanna.expect_request("**/api/zoom/walls") as asked:
        hanna.get_by_role("button", name="Open the wall").click()
    assert asked.value.post_data_json["target_name"] == "sunrise"
    expect(hanna.get_by_text("Be the first")).to_be_visible()


def test_a_picture_that_was_not_taken_is_told_in_words_and_another_way_stays_open(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting))
    open_wall(hanna)
    hanna.locator("#next").click()
    sheet = hanna.locator("dialog.sheet")
    sheet.get_by_label("Your story").fill("A line that stays")
    broken = base64.b64encode(photo_bytes(1)[:200]).decode()
    for photo, told in (
        ({"videoOff": True}, "Your camera is off in the meeting"),
        ({"optedOut": True}, "you said no to Zoom"),
        ({"width": 4, "height": 4, "data": broken}, "The picture did not work"),
    ):
        hanna.evaluate("photo => Object.assign(fakeZoom.settings, { photo })", photo)
        sheet.get_by_role("button", name="Take a picture").click()
        expect(sheet.get_by_text(told)).to_be_visible()
    expect(sheet.get_by_role("button", name="Choose a photo")).to_be_visible()
    expect(sheet.get_by_label("Your story")).to_have_value("A line that stays")


def test_a_guest_who_adds_the_app_in_zoom_is_the_same_person(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    person = ZoomPerson(zoom, None, "Gus", meeting=meeting, settings={"status": "authenticated"} | taken(14))
    gus = enter(person)
    send_photo(gus)
    gus.locator("#go-me").click()
    person.uid = "u_Gus"
    sheet = gus.locator("dialog.sheet")
    sheet.get_by_role("button", name="Add it in Zoom").click()
    until(gus, lambda: gus.evaluate("fakeZoom.called('getAppContext') === 1"))
    gus.keyboard.press("Escape")
    gus.locator("#go-me").click()
    expect(sheet.get_by_text("I bake bread at night")).to_be_visible()
    expect(sheet.get_by_text("You are here as a guest")).to_have_count(0)
    assert len(calls(gus, "config")) == 2


def test_a_member_lets_the_profile_be_filled_in_without_leaving_the_panel(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    zoom.users["u_Eve"] = {"display_name": "Eve Evans", "job_title": "Baker", "company": "Globex"}
    eve = enter(ZoomPerson(zoom, "u_Eve", "eve", meeting=meeting))
    eve.locator("#go-me").click()
    sheet = eve.locator("dialog.sheet")
    sheet.get_by_role("button", name="Fill in from my Zoom profile").click()
    expect(sheet.get_by_text("Your Zoom profile is there when you add a photo.")).to_be_visible()
    eve.keyboard.press("Escape")
    eve.locator("#next").click()
    expect(sheet.get_by_label("Your name")).to_have_value("Eve Evans")
    expect(sheet.get_by_role("textbox", name="What you do")).to_have_value("Baker, Globex")


def test_outside_zoom_the_home_page_shows_how_to_add_it_and_takes_a_join_code(
    enter: Enter, zoom: FakeZoom, meeting: str, address: str
) -> None:
    code = open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    page = enter(None, width=1280, height=800)
    assert page.request.get(f"{address}/zoom/home").status == 200
    expect(page.get_by_role("heading", name="Virtual Mosaic lives in Zoom")).to_be_visible()
    expect(page.get_by_role("link", name="Add to Zoom")).to_have_attribute("href", "/zoom/install")
    page.get_by_label("Join code").fill(code.lower())
    scripts: list[str] = []
    page.on("request", lambda request: request.url.endswith(".js") and scripts.append(request.url))
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.locator("#event")).to_have_text("Weekly")
    expect(page.get_by_text("Be the first")).to_be_visible()
    assert scripts
    assert not any(
        "jsOCHelper" in script for script in scripts
    )  # the web's panel carries nothing of Zoom's SDK


def test_the_signed_header_is_enough_when_zooms_own_script_is_missing(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting, has_bridge=False))
    expect(ben.get_by_text("Be the first")).to_be_visible()
    ben.locator("#next").click()
    sheet = ben.locator("dialog.sheet")
    expect(sheet.get_by_role("button", name="Take a picture")).to_have_count(0)
    sheet.locator("input[type=file]").first.set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(17)}
    )
    sheet.get_by_label("Your story").fill("Without a script")
    sheet.get_by_label("Your name").fill("Ben")
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(ben.get_by_text("You are on the wall")).to_be_visible()


def test_a_client_that_never_answers_keeps_nobody_out_who_has_a_header(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    silent = {"silent": ["config"]}
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting, settings=silent))
    expect(ben.get_by_text("Be the first")).to_be_visible()
    lost = enter(ZoomPerson(zoom, "u_Ada", "Ada", meeting=meeting, has_header=False, settings=silent))
    expect(lost.get_by_role("heading", name="Zoom does not answer")).to_be_visible()
    expect(lost.get_by_label("Join code")).to_be_visible()


def test_without_the_header_the_client_is_asked_for_the_context(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    settings = {"bridge": "webkit", "unsupported": ["takeMyPhoto", "getUserContext"]}
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting, has_header=False, settings=settings))
    expect(ben.get_by_text("Be the first")).to_be_visible()
    assert len(calls(ben, "getAppContext")) == 1
    ben.locator("#next").click()
    expect(ben.get_by_role("button", name="Choose a photo")).to_be_visible()
    expect(ben.get_by_role("button", name="Take a picture")).to_have_count(0)


def test_a_refused_token_is_renewed_by_a_fresh_context(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting))
    open_wall(hanna)
    hanna.route("**/api/people*", lambda route: route.fulfill(status=401, body="{}"), times=1)
    hanna.locator("#go-people").click()
    expect(hanna.get_by_text("Nobody yet")).to_be_visible()
    assert len(calls(hanna, "getAppContext")) == 1


def test_a_phone_sends_the_photo_for_the_panel_that_shows_the_code(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting))
    open_wall(hanna)
    hanna.locator("#next").click()
    sheet = hanna.locator("dialog.sheet")
    with hanna.expect_response("**/api/me/pairing") as answer:
        sheet.get_by_role("button", name="Use my phone").click()
    expect(sheet.get_by_alt_text("QR code that opens this wall on your phone")).to_be_visible()
    path = "/" + answer.value.json()["url"].partition("//")[2].partition("/")[2]
    phone = enter(None, path, 400, 800, is_mobile=True, has_touch=True)
    phone.locator("#next").click()
    expect(phone.get_by_role("button", name="Use my phone")).to_have_count(0)
    form = phone.locator("dialog.sheet")
    form.locator("input[type=file]").first.set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(19)}
    )
    form.get_by_label("Your story").fill("Taken with my phone")
    form.get_by_label("Your name").fill("Hanna")
    form.get_by_role("button", name="Send", exact=True).click()
    expect(sheet).to_have_count(0)
    find(hanna, "Taken with my phone")
    second = enter(None, path, 400, 800)
    expect(second.get_by_text("This code works once, for ten minutes.")).to_be_visible()
    second.get_by_role("button", name="Go on as a guest").click()
    expect(second.locator("#count")).to_have_text("1 photo")
    second.locator("#go-me").click()
    expect(second.get_by_text("You have no photo on the wall yet.")).to_be_visible()


def install(enter: Enter, zoom: FakeZoom, user_id: str) -> None:
    """Add the app in the browser, to the point where Zoom's client would open."""
    zoom.signed_in = user_id
    page = enter(None, "/zoom/install", 1280, 800)
    expect(page).to_have_title("Zoom opens")


def test_from_the_installation_to_the_last_trace(
    enter: Enter, zoom: FakeZoom, server: Server, meeting: str
) -> None:
    install(enter, zoom, "u_Hanna")
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings={"topic": "Spring Summit"}))
    code = open_wall(hanna)
    hanna.locator("button.pin").click()
    hanna.get_by_role("button", name="Invite everybody here").click()
    expect(hanna.get_by_text("Invite again for those who come later")).to_be_visible()
    hanna.keyboard.press("Escape")
    # The same host's webinar joins the same wall.
    webinar = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", f"{meeting}w", webinar=True))
    webinar.get_by_role("button", name=re.compile("Spring Summit")).click()
    expect(webinar.get_by_text("Be the first")).to_be_visible()

    install(enter, zoom, "u_Ada")
    ada = enter(ZoomPerson(zoom, "u_Ada", "ada (she/her)", meeting=meeting, settings=taken(23)))
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    expect(sheet.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(sheet.get_by_role("textbox", name="What you do")).to_have_value("Analyst, Acme")
    expect(sheet.get_by_role("button", name="My Zoom picture")).to_be_visible()
    sheet.get_by_role("button", name="Clear: What you do").click()
    ada.keyboard.press("Escape")
    send_photo(ada, story="Engines can weave", name="Ada L.")
    address, history = ada.evaluate("[location.href, history.length]")
    assert address.endswith("/zoom/home")
    assert history == ada.evaluate("history.length")

    room = ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting, room="cm9vbQ==")
    guest = ZoomPerson(zoom, None, "Wanda", meeting=f"{meeting}w", webinar=True)
    ben, wanda = enter(room), enter(guest)
    for watcher in (ben, wanda):
        find(watcher, "Engines can weave")
        expect(watcher.locator("#place-people").get_by_text("Ada L.")).to_be_visible()
    ben.get_by_text("In this room").click()
    expect(ben.locator("#place-people").get_by_text("Engines can weave")).to_have_count(0)
    ben.get_by_text("Everywhere").click()
    find(ben, "Engines can weave")
    assert server.rows("SELECT name, title FROM attendees WHERE user_id = 'u_Ada'") == [("Ada L.", "")]
    wanda.get_by_role("button", name="Pass it on").click()
    expect(wanda.locator(".big-code")).to_have_text(code)

    traces = {"u_Ada", "Ada L", "Engines can weave", *keys_of(server, "u_Ada")}
    assert len(traces) > 3
    assert found(server, traces) == traces
    ada.close()  # as Zoom does when somebody removes the app
    body, headers = zoom.notice("app_deauthorized", zoom.removal("u_Ada"))
    answer = ben.request.post(f"{address.removesuffix('/home')}/notices", data=body, headers=headers)
    assert answer.status == 200
    expect(ben.locator("#place-people").get_by_text("Engines can weave")).to_have_count(0)
    give_up = time.monotonic() + PATIENCE_MILLISECONDS / 1000
    while found(server, traces) and time.monotonic() < give_up:
        time.sleep(0.2)
    assert found(server, traces) == set()


def test_what_is_connected_can_be_seen_and_ended_from_the_panel(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    install(enter, zoom, "u_Hanna")
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting), width=400, height=700)
    open_wall(hanna)
    hanna.locator("#go-me").click()
    hanna.get_by_role("button", name="What is connected").click()
    until(hanna, lambda: bool(calls(hanna, "openUrl")))
    address = calls(hanna, "openUrl")[0]["url"]
    page = enter(path=address[address.index("/zoom/organize") :], width=400, height=800)
    expect(page.get_by_role("heading", name="Your connection with Zoom")).to_be_visible()
    expect(page.get_by_text("Your consent counts, and is renewed by itself.")).to_be_visible()
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_text("1 key counts.")).to_be_visible()
    page.reload()  # this tab is known still
    page.get_by_role("button", name="Disconnect", exact=True).click()
    page.get_by_role("button", name="Disconnect and delete").click()
    expect(page.get_by_text("Disconnected. What came from there is deleted.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hanna.get_by_role("button", name="What is connected").click()
    expect(hanna.get_by_text("Nothing of yours is connected")).to_be_visible()
    expect(hanna.locator("#event")).to_have_text("Weekly")  # the wall stays


def keys_of(server: Server, user_id: str) -> set[str]:
    """The names under which a person's pictures are stored."""
    rows = server.rows(
        "SELECT photos.key FROM photos JOIN attendees ON attendees.id = attendee_id WHERE user_id = ?",
        [user_id],
    )
    return {str(key) for (key,) in rows}


def found(server: Server, traces: set[str]) -> set[str]:
    """Which of the traces are in the storage's names or in any column of any row of the database."""
    texts = [str(path) for path in server.data.rglob("*")]
    for (table,) in server.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in server.rows(f'SELECT * FROM "{table}"'):
            texts += [each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in row]
    return {trace for trace in traces if any(trace in text for text in texts)}


def test_a_room_sees_its_own_corner_of_the_wall(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings=taken(61)))
    open_wall(hanna)
    send_photo(hanna, story="I am in the main room")
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting, room="cm9vbQ==", settings=taken(20)))
    send_photo(ben, story="I sit in room two")
    ben.get_by_role("button", name="Show me").click()
    ben.locator("#go-people").click()
    show_us = ben.get_by_role("button", name="Show us on the wall")
    expect(ben.get_by_text("I am in the main room")).to_be_visible()
    expect(show_us).to_be_hidden()
    expect(ben.locator("#place-people .person").first).to_contain_text(
        "I sit in room two"
    )  # the room comes first
    expect(ben.get_by_role("button", name="A break for this room")).to_be_hidden()
    ben.get_by_role("radio", name="In this room").check()
    expect(ben.get_by_text("I am in the main room")).to_be_hidden()
    expect(ben.get_by_text("I sit in room two")).to_be_visible()
    show_us.click()
    everybody = ben.get_by_role("button", name="Show everybody")
    expect(everybody).to_be_focused()
    shaded = steady_brightness(ben)
    ben.screenshot(path=SCREENSHOTS / "corner-336.png")
    ben.keyboard.press("Escape")
    expect(everybody).to_have_count(0)
    assert shaded < 0.6 * steady_brightness(ben)


def test_a_host_in_a_room_has_a_break_with_those_in_it_by_whatever_way_they_came(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    main = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings=taken(62)))
    open_wall(main)
    room = "cm9vbS0z"
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, room=room), width=400, height=700)
    hanna.locator("button.pin").click()
    link = hanna.locator(".pass-link").inner_text()
    assert "?room=" in link
    hanna.keyboard.press("Escape")
    ada = enter(path=link.partition("/e/")[1] + link.partition("/e/")[2], width=400, height=800)
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting))
    hanna.locator("#go-people").click()
    hanna.get_by_role("button", name="A break for this room").click()
    sheet = hanna.locator("dialog.sheet")
    expect(sheet.get_by_text("No coffee break is running.")).to_be_visible()
    hanna.screenshot(path=SCREENSHOTS / "room-break-400.png")
    sheet.get_by_role("radio", name="15 min").check()
    sheet.get_by_role("button", name="Start the coffee break").click()
    expect(sheet.get_by_role("button", name="Ring the bell now")).to_be_visible()
    hanna.keyboard.press("Escape")
    for page in (hanna, ada):
        expect(page.locator("#break")).to_contain_text("15 min left")
    ben.reload()
    expect(ben.get_by_role("button", name="Add your photo")).to_be_visible()
    expect(ben.locator("#break")).to_be_hidden()
    ada.goto(f"{ada.url.partition('?')[0]}")  # by the event's own link: out of the room, and out of its break
    expect(ada.get_by_role("button", name="Add your photo")).to_be_visible()
    expect(ada.locator("#break")).to_be_hidden()
    hanna.get_by_role("button", name="A break for this room").click()
    sheet.get_by_role("button", name="Ring the bell now").click()
    expect(hanna.locator("#break")).to_contain_text("Back to your seats")


def steady_brightness(page: Page) -> float:
    """What it comes to when the shade has fallen or is gone, and the view has come to rest."""
    seen = [brightness(page)]

    def rests() -> bool:
        seen.append(brightness(page))
        return len(seen) > STEADY and max(seen[-STEADY:]) - min(seen[-STEADY:]) < 0.5

    until(page, rests)
    return seen[-1]


def brightness(page: Page) -> float:
    """The mean of the wall's pixels, 0 to 255."""
    with Image.open(BytesIO(page.locator("#wall canvas").screenshot())) as image:
        return ImageStat.Stat(image.convert("L")).mean[0]


def test_a_zoom_that_is_down_or_slow_keeps_nobody_out(enter: Enter, zoom: FakeZoom, meeting: str) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    install(enter, zoom, "u_Ben")
    for kind in ({"status": 429}, {"status": 500}, {"kind": "hang"}):
        zoom.fault("/v2/users/me", **{"kind": "status", "times": 1} | kind)
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben from Zoom", meeting=meeting, settings=taken(29)))
    expect(ben.get_by_text("Be the first")).to_be_visible()
    ben.locator("#next").click()
    expect(ben.get_by_label("Your name")).to_have_value(
        "Ben from Zoom"
    )  # as in the meeting: that needs no server
    ben.keyboard.press("Escape")
    send_photo(ben, story="Zoom was down")
    zoom.faults.clear()


@pytest.mark.parametrize(("width", "height", "scheme"), [(*SMALLEST, "light"), (320, 760, "dark")])
def test_zooms_smallest_panels_show_the_wall_and_the_main_button(
    enter: Enter, zoom: FakeZoom, meeting: str, width: int, height: int, scheme: str
) -> None:
    size: dict[str, Any] = {"width": width, "height": height, "color_scheme": scheme}
    SCREENSHOTS.mkdir(exist_ok=True)

    def shoot(page: Page, name: str) -> None:
        page.wait_for_timeout(500)  # sheets rise
        page.screenshot(path=SCREENSHOTS / f"zoom-{name}-{width}x{height}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    waiting = enter(ZoomPerson(zoom, None, "Gus", meeting=meeting), **size)
    expect(waiting.get_by_role("heading", name="The wall is not open yet")).to_be_visible()
    shoot(waiting, "waiting")
    hanna = enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings=taken(31)), **size)
    expect(hanna.get_by_role("button", name="Open the wall")).to_be_in_viewport()
    expect(hanna.locator(".arrive .targets img").first).to_be_visible()
    question = hanna.get_by_label("The question that each story answers")
    assert not question.evaluate(OVERFLOWS)
    shoot(hanna, "begin")
    open_wall(hanna)
    expect(hanna.locator("#next")).to_be_in_viewport(ratio=1)
    hanna.locator("#next").click()
    shoot(hanna, "add")
    hanna.get_by_role("button", name="Use my phone").click()
    expect(hanna.locator(".phone img")).to_be_visible()
    shoot(hanna, "phone")
    hanna.keyboard.press("Escape")
    send_photo(hanna)
    shoot(hanna, "wall")
    box = hanna.locator("#wall").bounding_box()
    assert box is not None
    assert box["height"] > height * 0.4
    hanna.locator("button.pin").click()
    shoot(hanna, "pin")
    hanna.get_by_role("button", name="Show it to everybody").click()
    # In the wall that is shown: the sheet that goes says the same for a moment.
    stop = hanna.locator(".shown").get_by_role("button", name="Stop showing it")
    expect(stop).to_be_in_viewport(ratio=1)
    shoot(hanna, "shown")


def test_a_host_code_shows_the_same_wall_in_a_second_meeting(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    hanna = enter(
        ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting, settings=taken(31)), width=280, height=700
    )
    open_wall(hanna)
    send_photo(hanna)
    hanna.locator("button.pin").click()
    hanna.get_by_role("button", name="Make a host code").click()
    code = hanna.locator(".host-code .big-code").inner_text()
    ines = enter(ZoomPerson(zoom, "u_Ines", "Ines", "host", f"{meeting}2"), width=280, height=700)
    ines.get_by_text("Or show a wall that is open elsewhere").click()
    field = ines.get_by_label("Host code", exact=True)
    field.fill("BCDF-GHJK-MNPQ")
    field.press("Enter")
    expect(ines.get_by_text("This host code does not count any more")).to_be_visible()
    assert not field.evaluate(OVERFLOWS)
    SCREENSHOTS.mkdir(exist_ok=True)
    ines.screenshot(path=SCREENSHOTS / "zoom-elsewhere-280x700.png")
    field.fill(code)
    ines.get_by_role("button", name="Show it here").click()
    expect(ines.locator("#count")).to_have_text("1 photo")
    find(ines, "I bake bread at night")


def test_a_co_host_who_never_opened_the_wall_runs_a_whole_break_from_inside_zoom(
    enter: Enter, zoom: FakeZoom, meeting: str, server: Server
) -> None:
    code = open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    ada = enter(ZoomPerson(zoom, "u_Ada", "Ada", "coHost", meeting), width=280, height=700)
    ben = enter(ZoomPerson(zoom, "u_Ben", "Ben", meeting=meeting))
    with hands.crowd_of(server, code) as crowd:
        (cleo, photo), (dan, _), (gus, _) = (
            crowd.come(name, f"{name} sings") for name in ("Cleo", "Dan", "Gus")
        )
        until(ada, lambda: all(crowd.state_of(each) == "placed" for each in (cleo, dan, gus)))
        for each in (dan, gus):
            crowd.report(each, photo)
        expect(ada.locator("button.hand .badge")).to_have_text("1")
        sheet = hands.open_hand(ada)
        hands.settle_reports(sheet)
        hands.start_and_extend(ada, sheet, crowd)
        hands.approve_and_undo(ada, sheet, crowd)
        hands.reveal_and_undo(sheet)
        hands.settle_the_event(ada, ada, sheet, crowd)
        hands.end_and_undo(ada, sheet)
    expect(ben.get_by_role("button", name="Add your photo")).to_be_visible()
    expect(ben.locator("button.hand")).to_be_hidden()  # it is for hosts


def test_a_co_host_has_the_desk_in_a_window_until_zoom_says_otherwise(
    enter: Enter, zoom: FakeZoom, meeting: str
) -> None:
    open_wall(enter(ZoomPerson(zoom, "u_Hanna", "Hanna", "host", meeting)))
    ada = enter(ZoomPerson(zoom, "u_Ada", "Ada", "coHost", meeting), width=280, height=700)
    hands.press(hands.open_hand(ada), "Open the whole desk")
    until(ada, lambda: bool(calls(ada, "openUrl")))
    path = "/host/" + calls(ada, "openUrl")[-1]["url"].partition("/host/")[2]
    desk = enter(path=path, width=1100, height=900)
    expect(desk.get_by_role("heading", name="Coffee break")).to_be_visible()
    assert "#" not in desk.url
    expect(desk.get_by_text("Keep this link to yourself")).to_have_count(0)  # the host's link is the opener's
    desk.reload()
    expect(desk.get_by_role("heading", name="Coffee break")).to_be_visible()
    again = enter(path=path)
    expect(again.get_by_text("This page belongs to the host")).to_be_visible()  # it was good once
    enter(ZoomPerson(zoom, "u_Ada", "Ada", "attendee", meeting))
    expect(desk.get_by_text("This page belongs to the host")).to_be_visible()
