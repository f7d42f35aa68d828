"""One event on every platform: people come through Zoom, Teams, an events platform and the browser, and are one crowd.

Nobody reads the name or mark of another platform than their own, in any answer.
"""

import random
import re

import pytest

from plugin.state.encounters import Met
from plugin.state.models import Attendee
from tests.factories import Event, Person, photo_bytes
from tests.mixed_cast import Mixed, host_code, in_teams
from tests.test_lines import get_in, in_the_line_phase, move

EACH = 40
MARKS = {
    "zoom": re.compile(r"zoom(?!ed|-|able)", re.I),
    "teams": re.compile(r"\bteams|microsoft|\bentra\b", re.I),
    "hopin": re.compile(r"hopin|ringcentral", re.I),
}
ASKED = (
    "/api/me", "/api/wall", "/api/people", "/api/hellos", "/api/line", "/api/changes?since=0", "/api/status",
    "/api/met", "/api/threads", "/api/speakers", "/api/blocks", "/api/me/doors",
)  # fmt: skip


def everybody(mixed: Mixed, event: Event) -> dict[str, list[Person]]:
    """Forty people by each way, all with a photo on the one wall."""
    start = mixed.zoom.session().json["start_token"]
    assert mixed.zoom.open_wall(start, host_code=host_code(event)).status_code == 201
    tab = mixed.teams.configured("hanna", kind="code", host_code=host_code(event))["place"]
    place = mixed.hopin.organizer().start_wall(host_code=host_code(event))["wall"]["place"]
    crowd = {
        "zoom": [mixed.zoom.enter(uid=f"u_{each}", attendrole="participant") for each in range(EACH)],
        "teams": [in_teams(mixed.teams, tab, each) for each in range(EACH)],
        "hopin": [mixed.hopin.enter(place) for _ in range(EACH)],
        "web": [event.join() for _ in range(EACH)],
    }
    for row, people in enumerate(crowd.values()):
        for number, person in enumerate(people):
            person.send(
                photo_bytes(row * EACH + number, (64, 48)), name=f"Person {row}-{number}", stage="named"
            )
    mixed.any.run_jobs()
    return crowd


@pytest.mark.slow
def test_a_mixed_event_is_one_crowd_and_shows_nobody_anothers_platform(mixed: Mixed) -> None:
    event = mixed.any.open_event()
    crowd = everybody(mixed, event)
    everyone = [person for people in crowd.values() for person in people]
    assert {person.joined["event"]["code"] for person in everyone} == {event.code}
    assert everyone[-1].get("/api/wall")["count"] == 4 * EACH
    in_the_line_phase(mixed.any, event)
    get_in(*random.Random(1).sample(everyone, len(everyone)))  # type: ignore[arg-type]
    move(mixed.any)
    assert_lines_mix(mixed)
    hellos_across(crowd)
    for platform, people in crowd.items():
        for person in people[:3]:
            assert_no_marks(platform, person)
        path = f"/e/{event.code}" if platform == "web" else f"/{platform}/home"
        assert_unmarked(platform, {path: mixed.any.client.get(path).text})


def assert_lines_mix(mixed: Mixed) -> None:
    """Who stands with whom is left to chance, so three of four stand with somebody who came another way. They get in in
    any order: on a slow machine the line moves before all are there."""
    with mixed.any.shop.database.read() as session:
        platform_of = {each.id: each.platform for each in session.query(Attendee)}
        met = [(platform_of[each.low_id], platform_of[each.high_id]) for each in session.query(Met)]
    assert len(met) >= 4 * EACH // 2
    assert sum(one != other for one, other in met) / len(met) > 0.5


def hellos_across(crowd: dict[str, list[Person]]) -> None:
    """Somebody of each platform and somebody of the next talk, and both show how to reach them."""
    names = list(crowd)
    for at, name in enumerate(names):
        one, other = crowd[name][1], crowd[names[(at + 1) % len(names)]][2]
        for number, person in enumerate((one, other)):
            wish = {"contact": f"https://example.org/{at}-{number}"}
            assert person.call("PATCH", "/api/me", json=wish).status_code == 200
        sent = one.call("POST", "/api/hellos", json={"photo": other.photo()["id"], "opener": "story_more"})
        assert sent.status_code == 201, sent.text
        path = f"/api/hellos/{sent.json['hello']['id']}"
        assert other.call("POST", f"{path}/answer", json={"opener": "answer_gladly"}).status_code == 200
        for person in (one, other):
            shared = person.call("POST", f"{path}/share", json={})
            assert shared.status_code == 200, shared.text
        (talk,) = one.get("/api/hellos")["hellos"]
        assert talk["contact"]["url"] is None  # none that the other's platform alone could open
        assert f"https://example.org/{at}-1" in one.call("GET", "/api/hellos").text


def assert_no_marks(platform: str, person: Person) -> None:
    texts = {path: person.call("GET", path).text for path in ASKED}
    texts["join"] = str(person.joined)
    own_photo = person.photo()["id"]
    texts["photos"] = person.call("GET", f"/api/photos?ids={','.join(map(str, range(1, 90)))}").text
    texts["stroll"] = person.call("POST", "/api/stroll", json={"from": own_photo}).text
    assert_unmarked(platform, texts)


def assert_unmarked(platform: str, texts: dict[str, str]) -> None:
    for name, mark in MARKS.items():
        if name == platform:
            continue
        for path, text in texts.items():
            found = mark.search(text)
            assert found is None, (platform, path, text[max(0, found.start() - 60) : found.end() + 60])
