"""Teams: the real library in pages like Teams' own, a stand-in for Entra and Graph, and the whole service."""

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Playwright, Route, expect

from bench.browser import ARGUMENTS, chromium
from bench.client import Server, serving
from tests.browser import hands
from tests.browser.conftest import PATIENCE_MILLISECONDS, SMALL, note_error, until
from tests.browser.lines import talk_and_keep_in_touch
from tests.factories import photo_bytes
from tests.fake_teams.client import SERVICE, FakeClient, TeamsPerson
from tests.fake_teams.server import ACME, ADA, BEN, GLOBEX, HANNA, FakeTeams

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
SCREENSHOTS = Path("test-results")
WIDTHS = range(240, 1601, 40)
# The library asks for a newer list of Microsoft's hosts; our pages speak to nobody but us, and it takes its own list.
LIST_ELSEWHERE = "res.cdn.office.net"

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def teams() -> Iterator[FakeTeams]:
    with FakeTeams() as teams:
        yield teams


@pytest.fixture(scope="module")
def server(teams: FakeTeams) -> Iterator[Server]:
    """The service with a Teams app's credentials."""
    with serving(SMALL, teams.environ | {"MOSAIC_BASE_URL": f"https://{SERVICE}"}) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Server, teams: FakeTeams) -> Iterator[FakeClient]:
    with FakeClient(server.port, lambda person: teams.token(person.tid, person.oid)) as client:
        yield client


@pytest.fixture(scope="module")
def teams_browser(playwright: Playwright, client: FakeClient) -> Iterator[Browser]:
    """A Chromium that takes loopback for Teams."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *client.arguments])
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def no_fault_stays(teams: FakeTeams) -> Iterator[None]:
    yield
    teams.faults.clear()
    teams.not_yet, teams.denies = 0, False


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What went wrong on a page fails the test."""
    errors: list[str] = []
    yield errors
    assert errors == []


def listen(page: Page, errors: list[str]) -> Page:
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: None if LIST_ELSEWHERE in message.text else note_error(errors, message)
    )
    return page


@pytest.fixture
def enter(teams_browser: Browser, client: FakeClient, errors: list[str]) -> Iterator[Enter]:
    """Open somebody's Teams, in a browser of their own."""
    contexts: list[BrowserContext] = []

    def entered(person: TeamsPerson, width: int = 1000, height: int = 760, **options: str) -> Page:
        context = teams_browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        page = listen(context.new_page(), errors)
        page.goto(client.address(person, **options))
        return page

    yield entered
    for context in contexts:
        context.close()


@pytest.fixture
def meeting(request: pytest.FixtureRequest) -> str:
    """The chat of a meeting of this test's own."""
    return f"19:meeting_{re.sub('[^a-z]', '', request.node.name)[:60]}@thread.v2"


def hanna(meeting: str, **more: Any) -> TeamsPerson:
    return TeamsPerson(
        "hanna", "Hanna Host", HANNA, ACME, "hanna@acme.example", may_share=True, chat=meeting, **more
    )


def ada(meeting: str, **more: Any) -> TeamsPerson:
    return TeamsPerson("ada", "Ada Lovelace", ADA, ACME, "ada@acme.example", chat=meeting, **more)


def ben(meeting: str, **more: Any) -> TeamsPerson:
    return TeamsPerson("ben", "Ben Bitdiddle", BEN, GLOBEX, "ben@globex.example", chat=meeting, **more)


def gus(meeting: str, **more: Any) -> TeamsPerson:
    return TeamsPerson("gus", "Gus Guest", is_anonymous=True, chat=meeting, **more)


def newcomer(teams: FakeTeams, meeting: str, **more: Any) -> TeamsPerson:
    """Somebody of acme whom nobody has seen before, and who has agreed to nothing."""
    oid = str(uuid.uuid4())
    teams.people[ACME, oid] = {
        "displayName": "Nora Newcomer",
        "jobTitle": "Gardener",
        "companyName": "Acme",
        "userPrincipalName": f"{oid}@acme.example",
    }
    teams.photos[ACME, oid] = photo_bytes(7, (320, 320))
    more = {"may_share": True, "chat": meeting} | more
    return TeamsPerson("nora", "Nora Newcomer", oid, ACME, f"{oid}@acme.example", **more)


def panel(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=sidePanel]")


def settings(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=settings]")


def set_up(page: Page, name: str = "All hands") -> None:
    """As the organizer, add the app with a new wall, and wait for it in the panel."""
    settings(page).get_by_label("What is it called?").fill(name)
    settings(page).get_by_label("A cup of coffee").check()
    page.get_by_role("button", name="Save").click()
    expect(panel(page).locator("#event")).to_have_text(name)
    expect(panel(page).get_by_text("Be the first")).to_be_visible()


def send_photo(frame: FrameLocator, colour: int, story: str, name: str | None = None) -> None:
    frame.locator("#next").click()
    sheet = frame.locator("dialog.sheet")
    picture: Any = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(colour, (640, 480))}
    sheet.locator("input[type=file]").first.set_input_files(picture)
    expect(sheet.locator(".frame img")).to_be_visible()
    sheet.get_by_label("Your story").fill(story)
    if name:
        sheet.get_by_label("Your name").fill(name)
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(frame.get_by_text("You are on the wall")).to_be_visible()


def find(frame: FrameLocator, story: str) -> None:
    """See the story on this person's wall."""
    frame.locator("#go-people").click()
    expect(frame.locator("#place-people").get_by_text(story)).to_be_visible()


def asked(page: Page, message: str) -> int:
    """How often our pages sent that message to Teams."""
    return int(page.evaluate("message => fakeTeams.host.called(message)", message))


def say_hello(frame: FrameLocator, story: str) -> None:
    find(frame, story)
    frame.locator("#place-people").get_by_text(story).click()
    frame.locator("dialog.photo").get_by_role("button", name="Say hello").click()
    frame.locator("dialog.hello .phrase").first.click()
    expect(frame.get_by_text("Your hello is on its way")).to_be_visible()
    frame.locator("dialog.hello").get_by_role("button", name="Close").last.click()
    frame.locator("dialog.photo").get_by_role("button", name="Close").last.click()


def open_talk(frame: FrameLocator, name: str) -> None:
    frame.locator("#go-hellos").click()
    frame.locator("#place-hellos").get_by_role("button", name=re.compile(name)).first.click()
    expect(frame.locator("dialog.talk h2")).to_contain_text(name)


def test_from_adding_the_app_to_a_chat_with_somebody_new(
    enter: Enter, teams: FakeTeams, client: FakeClient, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    host = enter(hanna(meeting), view="settings")
    save = host.get_by_role("button", name="Save")
    expect(settings(host).get_by_label("What is it called?")).to_be_visible()
    expect(save).to_be_disabled()
    set_up(host)
    assert asked(host, "authentication.authenticate") == 0  # not a single question
    send_photo(panel(host), 3, "I bake bread at night", "Hanna")

    attendee = enter(ada(meeting))
    find(panel(attendee), "I bake bread at night")
    panel(attendee).locator("#go-wall").click()
    panel(attendee).locator("#next").click()
    expect(panel(attendee).get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(panel(attendee).get_by_role("textbox", name="What you do")).to_have_value("Analyst, Acme")
    attendee.keyboard.press("Escape")
    guest = enter(gus(meeting))
    find(panel(guest), "I bake bread at night")
    send_photo(panel(attendee), 40, "I count stars")
    find(panel(guest), "I count stars")

    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    panel(host).get_by_role("button", name="Put it on stage").click()
    expect(panel(host).get_by_text("The wall is on the meeting’s stage.")).to_be_visible()
    for page in (host, attendee, guest):
        stage = page.frame_locator("iframe[name=meetingStage]")
        expect(stage.locator("h1")).to_have_text("All hands")
        expect(stage.locator(".stage-code")).to_have_text(re.compile("[A-Z0-9]{6}"))
    panel(host).get_by_role("button", name="Take it off the stage").click()
    expect(guest.locator("iframe[name=meetingStage]")).to_have_count(0)
    host.keyboard.press("Escape")


def test_two_who_both_agreed_find_each_other_in_a_chat_of_teams(
    enter: Enter, teams: FakeTeams, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    attendee = enter(ada(meeting))
    send_photo(panel(host), 3, "I bake bread at night")
    send_photo(panel(attendee), 40, "I count stars")
    say_hello(panel(attendee), "I bake bread at night")
    expect(panel(host).locator("#hellos-count")).to_have_text("1")
    open_talk(panel(host), "Ada")
    panel(host).locator("dialog.talk .phrase").first.click()
    expect(panel(host).locator("dialog.talk .said-line.mine")).to_have_count(1)
    expect(panel(attendee).locator("#hellos-count")).to_have_text("1")
    open_talk(panel(attendee), "Hanna")
    for page in (host, attendee):
        expect(panel(page).get_by_role("link", name="Open the chat")).to_have_count(0)
    for page in (host, attendee):
        share = panel(page).locator("dialog.talk").get_by_role("button", name="Share contact")
        share.click()
        share.click()  # without a line: the chat is the contact
    for page, other in ((host, "ada"), (attendee, "hanna")):
        panel(page).get_by_role("link", name="Open the chat").click()
        expect(page.get_by_text("Teams opens:")).to_contain_text(f"users={other}%40acme.example")
        assert asked(page, "executeDeepLink") == 1
        assert len(page.context.pages) == 1  # in Teams, and not in a window of its own


def test_two_in_line_talk_and_keep_in_touch(
    enter: Enter, teams: FakeTeams, server: Server, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    send_photo(panel(host), 3, "I bake bread at night", "Ada")
    other = enter(ada(meeting), 760, 760)
    send_photo(panel(other), 40, "I count stars", "Ben")
    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    code = panel(host).locator(".big-code").inner_text()
    host.keyboard.press("Escape")
    talk_and_keep_in_touch(server, code, panel(host), panel(other))


def test_where_nobody_has_agreed_microsoft_asks_in_a_window_of_its_own_once(
    enter: Enter, teams: FakeTeams, meeting: str
) -> None:
    teams.not_yet = 2  # Entra takes its seconds even then
    host = enter(newcomer(teams, meeting, has_agreed=False), view="settings")
    settings(host).get_by_role("button", name="Sign in").click()
    set_up(host)
    panel(host).locator("#go-me").click()
    ask = panel(host).get_by_role("button", name="Fill in from my Teams profile")
    with host.expect_popup() as popup:
        ask.click()
    expect(panel(host).get_by_text("Your Teams profile is there when you add a photo.")).to_be_visible()
    assert popup.value.is_closed()
    expect(ask).to_have_count(0)
    host.keyboard.press("Escape")
    panel(host).locator("#next").click()
    expect(panel(host).get_by_label("Your name")).to_have_value("Nora Newcomer")
    expect(panel(host).get_by_role("textbox", name="What you do")).to_have_value("Gardener, Acme")
    expect(panel(host).get_by_role("button", name="My Teams picture")).to_be_visible()


def test_a_window_that_was_closed_changes_nothing_and_can_be_opened_again(
    enter: Enter, teams: FakeTeams, meeting: str
) -> None:
    teams.denies = True
    host = enter(newcomer(teams, meeting), view="settings")
    set_up(host)
    panel(host).locator("#go-me").click()
    ask = panel(host).get_by_role("button", name="Fill in from my Teams profile")
    with host.expect_popup():
        ask.click()
    expect(
        panel(host).get_by_text("Teams did not give us your profile. Nothing has changed.")
    ).to_be_visible()
    teams.denies = False
    with host.expect_popup():
        ask.click()
    expect(panel(host).get_by_text("Your Teams profile is there when you add a photo.")).to_be_visible()


def test_teams_takes_no_panel_away_for_what_it_heard_before(enter: Enter, meeting: str) -> None:
    """A look at the meeting whose answer comes after the tab was added says that there is none."""
    looks: list[Route] = []
    host = enter(hanna(meeting), view="settings")
    expect(settings(host).get_by_label("What is it called?")).to_be_visible()
    host.route("**/meetings/**", lambda route: route.continue_() if looks else looks.append(route))
    until(host, lambda: bool(looks))
    set_up(host)
    panel(host).locator("html").evaluate("page => page.dataset.stays = 'yes'")
    with host.expect_response("**/meetings/**"):
        looks[0].fulfill(json={"tab": None, "stage": None})
    for _ in range(2):
        host.wait_for_event("response", lambda answer: "/meetings/" in answer.url)
    expect(panel(host).locator("html")).to_have_attribute("data-stays", "yes")


def test_a_room_that_knows_no_wall_is_part_of_the_meetings_by_its_code_from_then_on(
    enter: Enter, teams: FakeTeams, client: FakeClient, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA), (GLOBEX, BEN)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    send_photo(panel(host), 3, "In the big room")
    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    code = panel(host).locator(".big-code").inner_text()
    room = meeting.replace("meeting", "breakout")
    client.meeting(room)["tab"] = {"contentUrl": f"https://{SERVICE}/teams/home?tab=unknown-key"}
    page = enter(ben(room))
    expect(panel(page).get_by_role("heading", name="Which wall is it?")).to_be_visible()
    panel(page).get_by_label("Join code").fill("NOSUCH")
    panel(page).get_by_role("button", name="Join").click()
    panel(page).get_by_role("button", name="Try again").click()
    panel(page).get_by_label("Join code").fill(code)
    panel(page).get_by_role("button", name="Join").click()
    find(panel(page), "In the big room")
    again = enter(ben(room))  # another browser: the service remembers
    find(panel(again), "In the big room")


def test_somebody_who_sets_up_a_meeting_that_has_a_wall_waits_for_its_host(
    enter: Enter, teams: FakeTeams, client: FakeClient, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    second = enter(ada(meeting, may_share=True), view="settings")
    expect(settings(second).get_by_text("The wall that is here already")).to_be_visible()
    second.get_by_role("button", name="Save").click()
    expect(panel(second).get_by_role("heading", name="A host has to say yes")).to_be_visible()
    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    expect(panel(host).get_by_text("Ada Lovelace has set up this wall in another place")).to_be_visible()
    panel(host).get_by_role("button", name="Yes, together").click()
    expect(panel(second).get_by_text("Be the first")).to_be_visible()
    expect(panel(second).get_by_role("button", name="Bring the wall to everybody")).to_be_visible()


def test_the_colours_follow_teams(enter: Enter, teams: FakeTeams, meeting: str) -> None:
    teams.agreed |= {(ACME, HANNA)}
    host = enter(hanna(meeting, theme="dark"), view="settings")
    expect(settings(host).locator("html")).to_have_attribute("data-theme", "dark")
    set_up(host)
    for theme, ours in (("contrast", "contrast"), ("default", "light"), ("dark", "dark")):
        host.get_by_label("Theme").select_option(theme)
        expect(panel(host).locator("html")).to_have_attribute("data-theme", ours)


def test_what_teams_does_not_allow_is_said_before_anybody_presses(
    enter: Enter, teams: FakeTeams, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    phone = enter(hanna(meeting, device="ios"), width=400)
    panel(phone).get_by_role("button", name="Bring the wall to everybody").click()
    expect(panel(phone).get_by_text("Teams puts apps on stage from a computer only.")).to_be_visible()
    assert asked(phone, "meeting.shareAppContentToStage") == 0


def test_with_graph_hanging_the_wall_is_there_at_once(enter: Enter, teams: FakeTeams, meeting: str) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    set_up(enter(hanna(meeting), view="settings"))
    teams.fault("/v1.0/me", "hang", times=20)
    teams.fault(f"/{ACME}/oauth2/v2.0/token", "hang", times=20)
    page = enter(ada(meeting))
    expect(panel(page).get_by_text("Be the first")).to_be_visible()  # how soon, bench.signon measures
    send_photo(panel(page), 9, "Nobody waits for Graph")


def test_signing_out_leaves_nothing_behind_and_the_way_back_open(
    enter: Enter, teams: FakeTeams, server: Server, meeting: str
) -> None:
    def tokens() -> list[str]:
        return [each for (each,) in server.rows("SELECT user_id FROM installations")]

    person = newcomer(teams, meeting)
    teams.agreed |= {(ACME, person.oid)}
    host = enter(person, view="settings")
    set_up(host)
    until(host, lambda: person.oid in tokens())
    panel(host).locator("#go-me").click()
    panel(host).get_by_role("button", name="Sign out").click()
    expect(panel(host).get_by_role("heading", name="You are signed out")).to_be_visible()
    assert person.oid not in tokens()
    panel(host).get_by_role("button", name="Come in again").click()
    expect(panel(host).get_by_text("Be the first")).to_be_visible()


def test_a_host_makes_somebody_a_second_host_and_takes_it_back(
    enter: Enter, teams: FakeTeams, meeting: str
) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    attendee = enter(ada(meeting))
    send_photo(panel(attendee), 40, "I count stars")
    passing_on = panel(attendee).get_by_role("button", name="Pass it on")
    expect(passing_on).to_be_visible()

    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    hosts = panel(host).get_by_role("region", name="Hosts")
    expect(hosts.get_by_text("You", exact=True)).to_be_visible()  # without a name of their own yet
    search = hosts.get_by_label("Run it together with somebody")
    search.fill("nobody like that")
    expect(hosts.get_by_text("Nobody of that name is here yet.")).to_be_visible()
    search.fill("love")
    hosts.get_by_role("button", name="Make a second host").click()
    expect(hosts.get_by_text("Ada Lovelace can then approve photos")).to_be_visible()
    expect(hosts.get_by_role("button", name="No", exact=True)).to_be_focused()  # the harmless answer
    hosts.get_by_role("button", name="Yes, together").click()
    expect(hosts.get_by_text("second host").first).to_be_visible()
    expect(panel(attendee).get_by_text("You are a host of this wall now.")).to_be_visible()

    panel(attendee).get_by_role("button", name="Bring the wall to everybody").click()
    theirs = panel(attendee).get_by_role("region", name="Hosts")
    expect(theirs.get_by_text("Ada Lovelace")).to_be_visible()
    for name in ("Make a host code", "Take it back"):  # they decide nothing about hosts
        expect(theirs.get_by_role("button", name=name)).to_have_count(0)
    expect(theirs.get_by_label("Run it together with somebody")).to_be_hidden()
    expect(panel(attendee).get_by_role("button", name="Put it on stage")).to_have_count(0)  # Teams says no

    hosts.get_by_role("button", name="Take it back").click()
    expect(hosts.get_by_text("Ada Lovelace is a host no longer, at once.")).to_be_visible()
    hosts.get_by_role("button", name="Take it back").click()
    expect(hosts.get_by_text("second host")).to_have_count(0)
    expect(theirs).to_have_count(0)  # though the sheet was open
    expect(panel(attendee).get_by_text("You are not a host of this wall any more.")).to_be_visible()
    attendee.keyboard.press("Escape")
    expect(passing_on).to_be_visible()


def test_the_personal_tab_has_the_walls_of_the_person(enter: Enter, teams: FakeTeams, meeting: str) -> None:
    teams.agreed |= {(ACME, HANNA)}
    first = enter(newcomer(teams, meeting, has_agreed=True), view="personal").frame_locator(
        "iframe[name=content]"
    )
    expect(first.get_by_role("heading", name="Start your first wall")).to_be_visible()
    expect(first.get_by_text("Your walls")).to_have_count(0)
    set_up(enter(hanna(meeting), view="settings"), "Thursday coffee")
    page = enter(hanna(meeting), view="personal")
    tab = page.frame_locator("iframe[name=content]")
    expect(tab.get_by_role("heading", name="Your walls")).to_be_visible()
    tab.get_by_role("button", name=re.compile("Thursday coffee")).click()
    expect(tab.locator("#event")).to_have_text("Thursday coffee")


def test_the_readiness_page_says_what_can_be_known_beforehand(
    enter: Enter, teams: FakeTeams, meeting: str
) -> None:
    page = enter(hanna(meeting), view="ready")
    ready = page.frame_locator("iframe[name=content]")
    expect(ready.get_by_role("listitem").filter(has_text="Signing in without a click")).to_contain_text("yes")
    expect(ready.get_by_role("link", name="Agree for my organization")).to_be_visible()


@pytest.fixture
def without_cookies(playwright: Playwright, client: FakeClient, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser whose owner keeps nothing: no cookies, no storage."""
    profile = tmp_path / "Default"
    profile.mkdir()
    (profile / "Preferences").write_text(
        '{"profile": {"default_content_setting_values": {"cookies": 2}, "block_third_party_cookies": true}}'
    )
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path),
        executable_path=chromium(with_windows=True),
        args=[*ARGUMENTS, *client.arguments],
        viewport={"width": 1000, "height": 760},
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context
    context.close()


def test_with_cookies_and_storage_blocked_everything_works(
    without_cookies: BrowserContext, client: FakeClient, teams: FakeTeams, errors: list[str], meeting: str
) -> None:
    host = listen(without_cookies.new_page(), errors)
    person = newcomer(teams, meeting)
    host.goto(client.address(person, view="settings"))
    set_up(host)
    kept = host.frame(name="sidePanel")
    assert kept is not None
    assert kept.evaluate("(() => { try { return localStorage.length } catch { return 'none' } })()") == "none"
    send_photo(panel(host), 3, "Kept nowhere")
    panel(host).locator("#go-me").click()
    with host.expect_popup():
        panel(host).get_by_role("button", name="Fill in from my Teams profile").click()
    expect(panel(host).get_by_text("Your Teams profile is there when you add a photo.")).to_be_visible()
    host.keyboard.press("Escape")
    guest = listen(without_cookies.new_page(), errors)
    guest.goto(client.address(gus(meeting)))
    find(panel(guest), "Kept nowhere")
    host.bring_to_front()  # Chromium passes no click on to the frames of a tab that lies behind
    host.goto(client.address(person))  # the panel is made anew each time it is opened
    expect(panel(host).locator("#count")).to_have_text("1 photo")
    panel(host).locator("#go-me").click()
    expect(panel(host).locator("dialog.sheet").get_by_text("Kept nowhere")).to_be_visible()
    assert without_cookies.cookies() == []


def fits(page: Page, name: str, view: str) -> None:
    """Nothing is wider than its frame, at any width that Teams may give it."""
    frame = page.frame(name=name)
    assert frame is not None
    for width in WIDTHS:
        page.evaluate(
            "([name, width]) => document.querySelector(`iframe[name=${name}]`).style.inlineSize = `${width}px`",
            [name, width],
        )
        wide = frame.evaluate(
            """width => new Promise(resolve => {
              const wide = () => document.documentElement.scrollWidth
              let looks = 0 // the page lays itself out anew, and then it counts
              const isDone = () => innerWidth === width && (wide() <= width || ++looks > 200)
              const look = () => isDone() ? resolve(wide()) : setTimeout(look, 10)
              look()
            })""",
            width,
        )
        assert wide <= width, f"{view} at {width}"
    page.evaluate("name => { document.querySelector(`iframe[name=${name}]`).style.inlineSize = '' }", name)


def test_nothing_scrolls_sideways_at_any_width(enter: Enter, teams: FakeTeams, meeting: str) -> None:
    teams.agreed |= {(ACME, HANNA)}
    host = enter(hanna(meeting), view="settings", width=1700)
    expect(settings(host).get_by_label("What is it called?")).to_be_visible()
    fits(host, "settings", "setting up")
    set_up(host)
    fits(host, "sidePanel", "the empty wall")
    send_photo(
        panel(host),
        3,
        "A line that is as long as a line may be, and says so to everybody who reads it to its end",
    )
    for view in ("go-people", "go-hellos", "go-wall", "go-me"):
        panel(host).locator(f"#{view}").click()
        fits(host, "sidePanel", view)
    host.keyboard.press("Escape")
    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    fits(host, "sidePanel", "passing it on")
    panel(host).get_by_role("button", name="Put it on stage").click()
    expect(host.frame_locator("iframe[name=meetingStage]").locator("h1")).to_be_visible()
    fits(host, "meetingStage", "the stage")
    for view, heading in (("Personal tab", "Your walls"), ("Readiness", "Will it work in your meeting?")):
        host.get_by_role("button", name=view).click()
        expect(
            host.frame_locator("iframe[name=content]").get_by_role("heading", name=heading)
        ).to_be_visible()
        fits(host, "content", view)


def test_a_second_host_has_what_hosts_need_in_the_panel_and_loses_it(
    enter: Enter, teams: FakeTeams, meeting: str, server: Server
) -> None:
    teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
    host = enter(hanna(meeting), view="settings")
    set_up(host)
    attendee = enter(ada(meeting), 760, 760)
    attendee.locator("iframe[name=sidePanel]").evaluate("frame => (frame.style.inlineSize = '280px')")
    send_photo(panel(attendee), 40, "I count stars")
    panel(host).get_by_role("button", name="Bring the wall to everybody").click()
    hosts = panel(host).get_by_role("region", name="Hosts")
    code = panel(host).locator(".big-code").inner_text()
    hosts.get_by_label("Run it together with somebody").fill("love")
    hosts.get_by_role("button", name="Make a second host").click()
    hosts.get_by_role("button", name="Yes, together").click()
    with hands.crowd_of(server, code) as crowd:
        crowd.come("Cleo", "I sing")
        sheet = hands.open_hand(panel(attendee))
        hands.start_and_extend(attendee, sheet, crowd)
        hands.approve_and_undo(attendee, sheet, crowd)
        hands.settle_the_event(attendee, panel(attendee), sheet, crowd)
        hands.end_and_undo(panel(attendee), sheet)
    hosts.get_by_role("button", name="Take it back").click()
    hosts.get_by_role("button", name="Take it back").click()
    expect(sheet).to_have_count(0)
    expect(panel(attendee).locator("button.hand")).to_be_hidden()
