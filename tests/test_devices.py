"""A personal block and a host's decision hold for a browser, whoever joins anew with it; and nobody is told."""

import secrets
from typing import Any

import pytest
from sqlalchemy import select

from plugin.people.devices import digest_of, recognise
from plugin.safety import retention
from plugin.state.encounters import Block
from plugin.state.models import Attendee, Role, WaitingDevice
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service, photo_bytes
from tests.teams_cast import TeamsService
from tests.zoom_cast import ZoomService


def come(event: Event, name: str, device: str | None = None, **more: Any) -> Person:
    """Somebody joins with this browser and sends a photo."""
    person = event.join(**({"device": device} if device else {}), **more)
    person.send(photo_bytes("blue"), name=name, story=f"Line of {name}")
    event.service.run_jobs()
    return person


def number_of(person: Person) -> int:
    return int(person.joined["attendee"]["id"])


def photo_id(person: Person) -> int:
    return int(person.photo()["id"])


def hello(person: Person, other: Person) -> str:
    """`said`, or why not."""
    answer = person.call("POST", "/api/hellos", json={"photo": photo_id(other), "opener": "photo_like"})
    return "said" if answer.status_code == 201 else str(answer.json["error"]["code"])


def block(person: Person, other: Person) -> None:
    assert person.call("POST", "/api/block", json={"photo": photo_id(other)}).status_code == 204


@pytest.fixture
def device() -> str:
    return secrets.token_hex(16)


def test_a_blocked_guest_who_joins_anew_is_blocked_still(service: Service, device: str) -> None:
    event = service.open_event()
    ada, ben = come(event, "Ada"), come(event, "Ben")
    mallory = come(event, "Mallory", device)
    block(ada, mallory)
    again = come(event, "Trudy", device)
    assert number_of(again) != number_of(mallory)
    assert hello(again, ada) == hello(mallory, ada) == "not_reachable"
    assert hello(again, ben) == "said"
    (seen,) = ada.get(f"/api/photos?ids={photo_id(again)}")["photos"]
    assert (seen["hidden"], seen["name"]) == (True, "")


def test_the_block_is_silent_on_both_sides(service: Service, device: str) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    block(ada, mallory)
    again = event.join(device=device)
    stranger = event.join(device=secrets.token_hex(16))
    volatile = {"token", "return_key", "attendee"}
    assert {key: again.joined[key] for key in again.joined if key not in volatile} == {
        key: stranger.joined[key] for key in stranger.joined if key not in volatile
    }
    same = {"id"}
    assert {k: v for k, v in again.joined["attendee"].items() if k not in same} == {
        k: v for k, v in stranger.joined["attendee"].items() if k not in same
    }
    assert [each["name"] for each in ada.get("/api/blocks")["blocked"]] == ["Mallory"]
    assert again.get("/api/blocks")["blocked"] == []


def test_an_identity_made_beforehand_is_blocked_with_the_other(service: Service, device: str) -> None:
    event = service.open_event()
    ada = come(event, "Ada")
    mallory, trudy = come(event, "Mallory", device), come(event, "Trudy", device)
    block(ada, mallory)
    assert hello(trudy, ada) == "not_reachable"
    assert len(ada.get("/api/blocks")["blocked"]) == 1


def test_taking_a_block_back_frees_all_of_it(service: Service, device: str) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    block(ada, mallory)
    again = come(event, "Trudy", device)
    block_id = ada.get("/api/blocks")["blocked"][0]["id"]
    carried = block_id + 1
    assert ada.call("DELETE", f"/api/blocks/{carried}").status_code == 404
    assert ada.call("DELETE", f"/api/blocks/{block_id}").status_code == 204
    assert hello(again, ada) == "said"
    assert hello(come(event, "Third", device), ada) == "said"


def test_whom_one_blocks_knowingly_is_listed_though_they_were_blocked_in_silence(
    service: Service, device: str
) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    block(ada, mallory)
    again = come(event, "Trudy", device)
    block(ada, again)
    assert {each["name"] for each in ada.get("/api/blocks")["blocked"]} == {"Mallory", "Trudy"}


def test_erasing_oneself_is_no_way_around_a_block(service: Service, device: str) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    block(ada, mallory)
    assert mallory.call("DELETE", "/api/me").status_code == 202
    service.run_jobs()
    assert ada.get("/api/blocks")["blocked"] == []
    assert hello(come(event, "Trudy", device), ada) == "not_reachable"


def test_a_block_of_somebody_without_a_browser_of_ours_goes_with_them(service: Service) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory")
    block(ada, mallory)
    mallory.call("DELETE", "/api/me")
    with service.shop.database.read() as session:
        assert session.scalars(select(Block)).all() == []


def test_another_browser_and_another_event_know_nothing_of_it(service: Service, device: str) -> None:
    event, other = service.open_event(), service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    block(ada, mallory)
    assert hello(come(event, "Ben", secrets.token_hex(16)), ada) == "said"
    assert hello(come(event, "Cleo"), ada) == "said"
    cleo = come(other, "Cleo")
    assert hello(come(other, "Mallory", device), cleo) == "said"


def test_who_blocks_from_the_same_browser_never_blocks_themselves(service: Service, device: str) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada", device), come(event, "Mallory", device)
    block(ada, mallory)
    with service.shop.database.read() as session:
        assert not [each for each in session.scalars(select(Block)) if each.blocker_id == each.blocked_id]
    assert ada.get("/api/me")["attendee"]["paused"] is False


@pytest.mark.parametrize("decision", ["pause", "remove"])
def test_only_whom_the_host_paused_or_removed_waits_when_they_join_anew(
    service: Service, device: str, decision: str
) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    host = event.host()
    ada.call("POST", "/api/report", json={"photo": photo_id(mallory), "reason": "rude"})
    assert come(event, "Before", device).photo()["state"] == "placed"
    report = host.get("/api/host/reports")["reports"][0]
    host.call("POST", f"/api/host/reports/{report['id']}", json={"decision": decision})
    again = come(event, "Trudy", device)
    assert again.photo()["state"] == "held"
    assert hello(again, ada) == "photo_waiting"
    photo = again.photo()
    answer = host.call(
        "POST", f"/api/host/photos/{photo['id']}", json={"decision": "approve", "story": photo["story"]}
    )
    assert answer.status_code < 300, answer.text
    service.run_jobs()
    assert again.photo()["state"] == "placed"
    again.send(photo_bytes("green"), name="Trudy")
    service.run_jobs()
    assert again.photo()["state"] == "placed"


def test_an_identity_made_beforehand_waits_too(service: Service, device: str) -> None:
    event = service.open_event()
    mallory, spare = come(event, "Mallory", device), event.join(device=device)
    event.host().call("POST", f"/api/host/people/{number_of(mallory)}", json={"paused": True})
    spare.send(photo_bytes("red"), name="Trudy")
    service.run_jobs()
    assert spare.photo()["state"] == "held"


def test_a_pause_that_comes_back_by_an_undo_holds_for_the_browser_again(
    service: Service, device: str
) -> None:
    event = service.open_event()
    mallory = come(event, "Mallory", device)
    host = event.host()
    path = f"/api/host/people/{number_of(mallory)}"
    host.call("POST", path, json={"paused": True})
    lifted = host.call("POST", path, json={"paused": False}).json["decision"]
    assert come(event, "Between", device).photo()["state"] == "placed"
    assert host.call("POST", "/api/host/decisions/undo", json={"decisions": [lifted]}).status_code == 200
    assert come(event, "Trudy", device).photo()["state"] == "held"


def test_an_undone_pause_of_somebody_new_lets_their_browser_in(service: Service, device: str) -> None:
    event = service.open_event()
    mallory = come(event, "Mallory", device)
    host = event.host()
    answer = host.call("POST", f"/api/host/people/{number_of(mallory)}", json={"paused": True})
    undone = host.call("POST", "/api/host/decisions/undo", json={"decisions": [answer.json["decision"]]})
    assert undone.status_code == 200
    assert come(event, "Trudy", device).photo()["state"] == "placed"


def test_a_pause_that_the_host_takes_back_holds_for_nobody(service: Service, device: str) -> None:
    event = service.open_event()
    mallory, spare = come(event, "Mallory", device), event.join(device=device)
    for paused in (True, False):
        event.host().call("POST", f"/api/host/people/{number_of(mallory)}", json={"paused": paused})
    for person in (spare, event.join(device=device)):
        person.send(photo_bytes("red"), name="Trudy")
        service.run_jobs()
        assert person.photo()["state"] == "placed"


def test_a_co_host_with_the_same_browser_goes_on_as_before(service: Service, device: str) -> None:
    event = service.open_event()
    mallory, hanna = come(event, "Mallory", device), event.join(device=device)
    with service.shop.database.write() as session:
        session.get_one(Attendee, number_of(hanna)).role = Role.CO_HOST
    event.host().call("POST", f"/api/host/people/{number_of(mallory)}", json={"paused": True})
    with service.shop.database.read() as session:
        assert session.get_one(Attendee, number_of(hanna)).waits is False


@pytest.mark.parametrize("value", ["short", "x" * 101, "ä" * 20, 7, None])
def test_nonsense_for_a_browsers_value_is_no_value(service: Service, value: Any) -> None:
    person = service.open_event(work=False).join(device=value)
    with service.shop.database.read() as session:
        assert session.get_one(Attendee, number_of(person)).device is None


def test_a_block_from_before_the_browser_was_known_holds_for_it(service: Service, device: str) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory")
    block(ada, mallory)
    known = service.app.extensions[EXTENSION]
    with known.database.write() as session:
        person = session.get_one(Attendee, number_of(mallory))
        recognise(session, person, digest_of(person.event_id, device))
    assert hello(come(event, "Trudy", device), ada) == "not_reachable"


def test_all_of_it_is_deleted_with_the_event(service: Service, device: str) -> None:
    event = service.open_event()
    ada, mallory = come(event, "Ada"), come(event, "Mallory", device)
    block(ada, mallory)
    event.host().call("POST", f"/api/host/people/{number_of(mallory)}", json={"paused": True})
    database, storage = service.shop.database, service.shop.storage
    with database.read() as session:
        assert session.scalars(select(WaitingDevice)).all()
    assert retention.purge(database, storage, 1e12) == 1
    with database.read() as session:
        for table in (WaitingDevice, Block, Attendee):
            assert session.scalars(select(table)).all() == []


# ---- inside meeting clients -----------------------------------------------------------------------------------------


def in_meeting(answer: Any, service: Service, name: str) -> Person:
    """Who was let in by that answer, with a photo on the wall."""
    assert answer.status_code == 200, answer.text
    person = Person(service, answer.json["token"], answer.json)
    person.send(photo_bytes("blue"), name=name)
    service.run_jobs()
    return person


def zoom_guest(service: ZoomService, name: str, device: str = "", **more: Any) -> Person:
    context = {"uid": None, "attendrole": "participant"}
    return in_meeting(service.session(context=context, device=device, **more), service, name)


def test_a_guest_of_zoom_who_comes_anew_is_blocked_still(in_zoom: ZoomService, device: str) -> None:
    in_zoom.start_wall(work=True)
    ada, mallory = zoom_guest(in_zoom, "Ada"), zoom_guest(in_zoom, "Mallory", device)
    block(ada, mallory)
    again = zoom_guest(in_zoom, "Trudy", device)
    assert number_of(again) != number_of(mallory)
    assert hello(again, ada) == "not_reachable"
    assert hello(zoom_guest(in_zoom, "Ben"), ada) == "said"


def test_a_browser_that_is_named_later_is_known_from_then_on(in_zoom: ZoomService, device: str) -> None:
    in_zoom.start_wall(work=True)
    ada, mallory = zoom_guest(in_zoom, "Ada"), zoom_guest(in_zoom, "Mallory", device)
    block(ada, mallory)
    again = zoom_guest(in_zoom, "Trudy", secrets.token_hex(16))
    assert hello(again, ada) == "said"
    back = in_zoom.session(
        context={"uid": None, "attendrole": "participant"},
        device=device,
        return_key=again.joined["return_key"],
    )
    assert back.json["attendee"]["id"] == number_of(again)
    (seen,) = ada.get(f"/api/photos?ids={photo_id(again)}")["photos"]
    assert seen["hidden"] is True


def test_who_waited_for_the_wall_is_known_too(in_zoom: ZoomService, device: str) -> None:
    context = {"uid": None, "attendrole": "participant"}
    tokens = [in_zoom.session(context=context).json["start_token"] for _ in range(2)]
    in_zoom.start_wall(work=True)
    ada = zoom_guest(in_zoom, "Ada")
    mallory, again = (
        in_meeting(in_zoom.session(start_token=token, device=device), in_zoom, "Mallory") for token in tokens
    )
    block(ada, mallory)
    assert hello(again, ada) == "not_reachable"


def test_signing_in_is_no_way_around_a_block(in_zoom: ZoomService, device: str) -> None:
    in_zoom.start_wall(work=True)
    ada = zoom_guest(in_zoom, "Ada")
    in_zoom.enter(uid="u_Ada", attendrole="participant")  # whom the guest turns out to be
    mallory = zoom_guest(in_zoom, "Mallory", device)
    block(ada, mallory)
    known = in_zoom.enter(mallory.joined["return_key"], uid="u_Ada", attendrole="participant")
    assert number_of(known) != number_of(mallory)
    assert hello(known, ada) == "not_reachable"


def test_whoever_opens_a_wall_is_known_by_their_browser(in_zoom: ZoomService, device: str) -> None:
    hanna = in_zoom.start_wall(wall={"name": "Stand-up", "device": device})
    with in_zoom.shop.database.read() as session:
        person = session.get_one(Attendee, number_of(hanna))
        assert person.device == digest_of(person.event_id, device)


def test_an_anonymous_guest_of_teams_who_comes_anew_is_blocked_still(
    in_teams: TeamsService, device: str
) -> None:
    tab = in_teams.configured("hanna")["place"]
    in_teams.run_jobs()
    ada = in_meeting(in_teams.session(in_teams.token("ada"), tab), in_teams, "Ada")
    mallory = in_meeting(in_teams.session(None, tab, device=device), in_teams, "Mallory")
    block(ada, mallory)
    again = in_meeting(in_teams.session(None, tab, device=device), in_teams, "Trudy")
    assert hello(again, ada) == "not_reachable"
    storage_blocked = in_meeting(in_teams.session(None, tab), in_teams, "Ben")
    assert hello(storage_blocked, ada) == "said"
