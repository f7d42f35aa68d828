"""Nobody learns what is not theirs: every address of the service is called as five kinds of people.

Two people of an event have talked and shared contact; one of them has blocked a third. Whatever an outsider, an
attendee, the blocked one, a stage or another event's host asks for, and whatever their live stream brings, holds no
contact, no word of that talk, and nothing that tells a block from somebody hidden.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from plugin.state.models import Attendee, Photo, Wall
from plugin.wall.inside import agreed
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Service
from tests.gatherings import Guest, change, gather
from tests.test_live import Stream, asked, port, stream, wait_until  # noqa: F401 - a fixture

SECRETS = (
    "adas-own-contact", "bens-own-contact", "a-word-of-ada", "a-word-of-ben", "a-note-of-ada", "cleos-own-contact",
)  # fmt: skip
ASKERS = ("outsider", "attendee", "blocked", "stage", "host of another event", "host")
METHODS = ("GET", "POST", "PATCH", "DELETE")
LEAVING = ("/api/me", "DELETE")


class Scene:
    """The event in which all of it happened, and those who ask."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.event = service.open_event(work=False)
        self.other_event = service.open_event(work=False)
        people = gather(service, 12, self.event)
        self.ada, self.ben, self.cleo, self.mallory, self.dan, *_ = people
        gather(service, 2, self.other_event)
        host = self.event.host()
        host.call("POST", "/api/host/break", json={"minutes": 5})
        host.call("POST", "/api/host/speakers", json={"photo": self.ben.photo_id})
        self.mallory.say(self.ada)
        hello = self.ada.say(self.ben)
        self.ben.answer(hello["id"], words="a-word-of-ben")
        self.ada.answer(hello["id"], words="a-word-of-ada")
        for person, line in ((self.ada, "adas-own-contact"), (self.ben, "bens-own-contact")):
            share = f"/api/hellos/{hello['id']}/share"
            assert person.call("POST", share, json={"contact": line}).status_code == 200
        change(service, self.cleo, contact="cleos-own-contact")
        complaint = {"photo": self.mallory.photo_id, "reason": "rude", "note": "a-note-of-ada"}
        assert self.ada.call("POST", "/api/report", json=complaint).status_code == 204
        change(service, self.dan, reachability="hidden")

    def tokens(self) -> dict[str, str]:
        return {
            "outsider": "",
            "attendee": self.cleo.token,
            "blocked": self.mallory.token,
            "stage": self.event.stage().token,
            "host of another event": self.other_event.host().token,
            "host": self.event.host().token,
        }


@pytest.fixture
def scene(service: Service) -> Scene:
    return Scene(service)


def addresses(scene: Scene, rule: Rule) -> Iterator[str]:
    """The rule's address with everything that exists in the event filled in."""
    with scene.service.app.extensions[EXTENSION].database.read() as session:
        keys = list(session.scalars(select(Photo.key))) + list(session.scalars(select(Wall.media_key)))
    numbers = [str(number) for number in range(1, 16)]
    values = {
        "code": [scene.event.code],
        "size": ["64"],
        "key": keys[:3] + keys[-1:],
        "name": ["overview-1.jpg"],
    }
    found = [rule.rule]
    while any("<" in each for each in found):
        name = re.search(r"<(?:\w+:)?(\w+)>", found[0])
        assert name is not None
        filled = values.get(name[1], numbers)
        found = [each.replace(name[0], value, 1) for each in found for value in filled]
    yield from found


def bodies(method: str, scene: Scene) -> list[Any]:
    if method != "POST":
        return [{}] if method == "PATCH" else [None]
    ada = scene.ada.photo_id
    return [
        {},
        {"code": scene.event.code},
        {"photo": ada, "opener": "photo_like", "from": None, "seen": [], "ids": [1, 2, 3]},
        {"hello": 2, "opened": [{"id": ada, "how": "wall"}]},
    ]


def calls(scene: Scene) -> Iterator[tuple[str, str, Any]]:
    """Every method of every address, those that end somebody's stay last."""
    rules = [rule for rule in scene.service.app.url_map.iter_rules() if rule.rule != "/api/live"]
    assert len(rules) > 60
    for method in METHODS:
        for rule in rules:
            if method in (rule.methods or ()) and (rule.rule, method) != LEAVING:
                for address in addresses(scene, rule):
                    for body in bodies(method, scene):
                        yield method, address, body
    for query in ("?ids=1,2,3,4,5", "?q=a", "?since=0"):
        for path in ("/api/photos", "/api/people", "/api/changes"):
            yield "GET", path + query, None
    yield "DELETE", "/api/me", None


def ask(client: FlaskClient, token: str, method: str, address: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.open(address, method=method, json=body, headers=headers)


@pytest.mark.parametrize("asker", ASKERS)
def test_no_answer_of_any_address_holds_what_is_between_others(
    scene: Scene, asker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.service.app.config["RATELIMIT_ENABLED"] = False
    monkeypatch.setattr("plugin.web.request.limits.limiter.enabled", False)
    token = scene.tokens()[asker]
    own = {"attendee": ("cleos-own-contact",), "host": ("a-note-of-ada",)}.get(asker, ())
    answered = 0
    for method, address, body in calls(scene):
        answer = ask(scene.service.client, token, method, address, body)
        assert answer.status_code != 500, (method, address)
        answered += answer.status_code < 300
        told = answer.data.decode("utf-8", "replace") + str(answer.headers)
        for secret in SECRETS:
            assert secret not in told or secret in own, (asker, method, address, body)
        if asker not in ("host",) and address.startswith("/api/") and answer.is_json:
            _holds_nothing_of_others(answer.json, (method, address))
    assert answered >= (10 if asker != "outsider" else 3)


def _holds_nothing_of_others(value: Any, where: tuple[str, str]) -> None:
    """No state of blocks, pauses, reports or shared contacts of somebody else, and no way to address them."""
    if isinstance(value, list):
        for part in value:
            _holds_nothing_of_others(part, where)
    if not isinstance(value, dict):
        return
    assert not value.keys() & {"email", "user_id", "tenant", "attendee_id", "blocker_id", "reporter"}, where
    if "home" in value:  # a card of somebody
        assert value.keys() <= {"id", "key", "name", "title", "story", "prompt", "home", "hidden"} | {
            "state", "refusal", "near",
        }, where  # fmt: skip
    for part in value.values():
        _holds_nothing_of_others(part, where)


def test_the_blocked_one_gets_for_every_question_what_somebody_hidden_would_give(scene: Scene) -> None:
    """Ada blocks Mallory, Dan is hidden: to Mallory there is no difference between the two."""
    mallory, ada, dan = scene.mallory, scene.ada, scene.dan

    def without_ids(answer: Any, person: Guest) -> str:
        text = json.dumps(answer.json) if answer.is_json else answer.text
        text = re.sub(r'"(key|home)": ("[0-9a-f]{32}"|\d+)', "", text)
        return f"{answer.status_code} {text.replace(str(person.photo_id), 'ID')}"

    for method, address, body in (
        ("GET", "/api/photos?ids={id}", None),
        ("GET", "/api/photos/{id}/hello", None),
        ("POST", "/api/hellos", {"photo": "{id}", "opener": "photo_like"}),
        ("POST", "/api/opened", {"opened": [{"id": "{id}", "how": "wall"}]}),
    ):
        answers = [
            without_ids(
                mallory.call(
                    method,
                    address.format(id=person.photo_id),
                    json=json.loads(json.dumps(body).replace('"{id}"', str(person.photo_id)))
                    if body
                    else None,
                ),
                person,
            )
            for person in (ada, dan)
        ]
        assert answers[0] == answers[1], address
    found = {each["name"] for each in mallory.get("/api/people")["people"]}
    assert not found & {ada.name, dan.name}
    seen = {mallory.call("POST", "/api/stroll", json={}).json["photo"]["id"] for _ in range(40)}
    assert not seen & {ada.photo_id, dan.photo_id}


def _until_closed(panel: Stream) -> list[tuple[str, Any]]:
    """Everything that a stream brings until the event is closed."""
    heard = []
    for name, data in panel.events():
        heard.append((name, data))
        if name == "status" and data.get("state") == "closed":
            return heard
    raise AssertionError("the stream ended")


def test_no_live_message_tells_others_of_a_talk_or_a_block(
    scene: Scene,
    port: int,  # noqa: F811
) -> None:
    ada, cleo = scene.ada, scene.cleo
    eva, finn = gather(scene.service, 2, scene.event)
    tokens = scene.tokens()
    wait_until(
        lambda: asked(port, ada, "/api/news?heard=0")["me"] is not None
    )  # what was told before is old by now
    with (
        stream(port, eva.token) as concerned,
        stream(port, cleo.token) as attendee,
        stream(port, scene.mallory.token) as blocked,
        stream(port, tokens["stage"]) as stage,
        stream(port, tokens["host of another event"]) as elsewhere,
    ):
        panels = (concerned, attendee, blocked, stage, elsewhere)
        for panel in panels:
            panel.next("status")
        hello = finn.say(eva)
        eva.answer(hello["id"], words="a-word-of-ben")
        finn.call("POST", f"/api/hellos/{hello['id']}/share", json={"contact": "adas-own-contact"})
        ada.call("POST", "/api/block", json={"photo": finn.photo_id})
        finn.call(
            "POST", "/api/report", json={"photo": ada.photo_id, "reason": "rude", "note": "a-note-of-ada"}
        )
        assert concerned.next("me") == {}  # all of it was told by now, in the same batch or an earlier one
        for event in (scene.event, scene.other_event):
            _close(event)
        heard = [_until_closed(panel) for panel in panels]
    for messages in heard[1:]:
        assert "me" not in {name for name, _ in messages}
    for messages in heard:
        told = json.dumps(messages)
        assert not [secret for secret in SECRETS if secret in told]
        for name, data in messages:
            assert name in ("status", "me", "changes", "gap"), name
            if name == "status":
                allowed = {"delayed", "state", "break", "threads", "speakers", "here", "hosts_here", "as_of"}
                assert data.keys() <= allowed
    assert not [data for _, data in heard[4] if data.get("threads")]


def _close(event: Event) -> None:
    assert event.host().call("POST", "/api/host/state", json={"state": "closed"}).status_code == 200


# ---- consents taken back ------------------------------------------------------------------------------------------


def test_a_consent_taken_back_takes_effect_in_wall_search_stage_and_keepsake(service: Service) -> None:
    event, (ada, ben) = service.wall_with(2)
    ada.call("PATCH", "/api/me", json={"on_stage": True, "keepsake": True})
    service.run_jobs()
    photo_id = ada.photo()["id"]
    database = service.shop.database

    def staged() -> bool:
        changes = event.stage().get("/api/photos?ids=" + str(photo_id))["photos"]
        return [each["id"] for each in changes] == [photo_id]

    def kept() -> bool:
        with database.read() as session:
            return photo_id in agreed(session, 1)

    def found() -> list[str]:
        return [each["name"] for each in ben.get("/api/people?q=Person+0")["people"]]

    assert (staged(), kept(), found()) == (True, True, ["Person 0"])
    ada.call("PATCH", "/api/me", json={"on_stage": False, "keepsake": False, "reachability": "hidden"})
    service.run_jobs()
    assert (staged(), kept(), found()) == (False, False, [])
    (card,) = ben.get(f"/api/photos?ids={photo_id}")["photos"]
    assert (card["name"], card["story"], card["hidden"]) == ("", "", True)
    news = ben.get("/api/changes?since=0")["changes"]
    assert "Story number 0" not in json.dumps(news)
    assert ben.call("POST", "/api/stroll", json={}).json["photo"] is None
    ada.call("DELETE", f"/api/photos/{photo_id}")
    service.run_jobs()
    with database.read() as session:
        assert session.scalar(select(Photo.id).where(Photo.id == photo_id)) is None
        assert session.scalar(select(Attendee.name).where(Attendee.name == "Person 0")) == "Person 0"
    assert not [name for name in service.shop.storage.names("photos") if name == str(photo_id)]
