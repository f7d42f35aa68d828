"""Personal links: each registrant's way in, on one device at a time, until it is taken back."""

import csv
import io
import time
from typing import Any

import pytest
from sqlalchemy import select

from plugin.safety.forgetting import forget_attendee
from plugin.state.doors import Door
from plugin.state.models import Assurance, Attendee, Role
from plugin.web.request.services import EXTENSION
from plugin.web.request.tokens import Tokens
from tests.factories import Event, Person, Service, photo_bytes
from tests.registered import DEVICES, change, come, expect, is_here, link_of, refusal_of


def row_of(service: Service, person: Person) -> Attendee:
    with service.shop.database.read() as session:
        return session.get_one(Attendee, person.joined["attendee"]["id"])


def exported(event: Event) -> list[list[str]]:
    answer = event.host().call("POST", "/api/host/registrations/links", json={})
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.json["csv"].removeprefix("\ufeff"))))


def test_a_link_opens_the_wall_as_the_registrant_with_the_profile_filled_in(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    ada = come(event, link).joined["attendee"]
    assert (ada["name"], ada["title"]) == ("Ada Lovelace", "Engines")
    assert (ada["assurance"], ada["role"]) == ("claimed", "attendee")


def test_a_link_works_again_and_again_for_one_and_the_same_person(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    ids = {come(event, link).joined["attendee"]["id"] for _ in range(3)}
    assert len(ids) == 1


def test_a_guest_of_this_browser_turns_out_to_be_the_registrant_and_keeps_what_they_gave(
    service: Service,
) -> None:
    event = service.open_event()
    guest = event.join(device=DEVICES["laptop"])
    guest.send(photo_bytes(1), name="Ada", story="I bake bread")
    service.run_jobs()
    ada = come(event, link_of(service, expect(service, event)), return_key=guest.joined["return_key"])
    assert ada.joined["attendee"]["id"] == guest.joined["attendee"]["id"]
    assert ada.joined["attendee"]["name"] == "Ada"  # as they typed it
    assert ada.photo()["story"] == "I bake bread"


def test_names_that_cannot_be_shown_are_left_open(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event, name="\u202e\u200b", headline="x" * 500))
    ada = come(event, link).joined["attendee"]
    assert ada["name"] == ""
    assert ada["title"] == "x" * 80


# ---- each page and its next step ------------------------------------------------------------------------------------


def test_a_forged_link_is_refused_and_says_what_to_do(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    other = Tokens(("of another server entirely, with a long key",)).personal_link(1, 1)
    return_key = event.join().joined["return_key"]
    for forged in (link[:-2], link[1:], "x", other, return_key):
        status, code, message = refusal_of(event, forged)
        assert (status, code) == (403, "forged_link")
        assert "Copy the whole address" in message


def test_guessing_links_is_counted_like_guessing_codes(service: Service) -> None:
    event = service.open_event()
    codes = [refusal_of(event, f"forged-{number}")[1] for number in range(90)]
    assert codes.count("forged_link") <= 60 + 20
    assert codes[-1] == "too_many_guesses"


def test_a_link_of_another_event_opens_nothing_here(service: Service) -> None:
    spring, autumn = service.open_event(), service.open_event(name="Autumn Summit")
    link = link_of(service, expect(service, spring))
    assert refusal_of(autumn, link)[:2] == (409, "other_event")
    assert come(spring, link).joined["attendee"]["name"] == "Ada Lovelace"


def test_a_refunded_registration_has_no_link_any_more(service: Service) -> None:
    event = service.open_event()
    registration = expect(service, event)
    link = link_of(service, registration)
    change(service, registration, refunded=True)
    assert refusal_of(event, link)[:2] == (410, "expired_link")
    change(service, registration, refunded=False)
    assert come(event, link).joined["attendee"]["assurance"] == "claimed"


def test_an_event_that_had_its_time_says_so_on_the_page_of_its_links(service: Service) -> None:
    event = service.open_event()
    assert service.client.get(f"/me/{event.code}").status_code == 200
    page = service.client.get("/me/XXXXXX")
    assert page.status_code == 410
    assert "This event is over" in page.text
    assert 'name="code"' in page.text  # the next step


def test_a_link_that_was_taken_back_is_out_at_once_with_all_that_hung_on_it(service: Service) -> None:
    event = service.open_event()
    ada, ben = expect(service, event), expect(service, event, "ben@example.org")
    link = link_of(service, ada)
    person = come(event, link)
    phone = event.join(launch=person.call("POST", "/api/me/pairing").json["url"].partition("#launch=")[2])
    answer = event.host().call("POST", "/api/host/registrations/take-back", json={"id": ada})
    assert answer.json == {"taken_back": 1}
    assert refusal_of(event, link)[:2] == (410, "revoked_link")
    for each in (person, phone):
        refused = each.call("GET", "/api/me")
        assert (refused.status_code, refused.json["error"]["code"]) == (401, "disconnected")
        assert each.call("GET", "/api/wall").status_code == 401
        again = {"code": event.code, "return_key": each.joined["return_key"], "device": DEVICES["laptop"]}
        assert service.client.post("/api/join", json=again).json["error"]["code"] == "disconnected"
    assert come(event, link_of(service, ada)).joined["attendee"]["id"] == person.joined["attendee"]["id"]
    assert come(event, link_of(service, ben)).joined["attendee"]["assurance"] == "claimed"


def test_all_links_of_an_event_are_taken_back_and_no_other_events(service: Service) -> None:
    spring, autumn = service.open_event(), service.open_event(name="Autumn Summit")
    links = [link_of(service, expect(service, spring, f"{name}@example.org")) for name in ("ada", "ben")]
    elsewhere = link_of(service, expect(service, autumn))
    answer = spring.host().call("POST", "/api/host/registrations/take-back", json={})
    assert answer.json == {"taken_back": 2}
    assert {refusal_of(spring, each)[1] for each in links} == {"revoked_link"}
    assert come(autumn, elsewhere).joined["attendee"]["assurance"] == "claimed"


def test_a_second_device_at_the_same_time_is_asked_for_more(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    first = come(event, link, "laptop")
    is_here(service, first)
    status, code, message = refusal_of(event, link, "phone")
    assert (status, code) == (409, "link_elsewhere")
    assert "show that this is you" in message
    assert come(event, link, "laptop").joined[
        "attendee"
    ]  # a second tab of the same browser is no second device


def test_a_remembered_link_is_no_way_around_that(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    phone = come(event, link, "phone")
    laptop = come(event, link, "laptop")  # the phone was put away
    is_here(service, laptop)
    body = {"code": event.code, "return_key": phone.joined["return_key"], "device": DEVICES["phone"]}
    answer = service.client.post("/api/join", json=body)
    assert answer.json["error"]["code"] == "link_elsewhere"


def test_a_frame_that_is_built_anew_is_let_in_when_the_old_one_said_goodbye(service: Service) -> None:
    """With storage blocked each frame is another device."""
    event = service.open_event()
    link = link_of(service, expect(service, event))
    first = come(event, link, "laptop")
    is_here(service, first)
    assert first.call("POST", "/api/left", json={}).status_code == 204
    service.app.extensions[EXTENSION].batches.presence.beat(  # its stream is not found broken yet
        row_of(service, first).event_id, [row_of(service, first).id], time.time()
    )
    second = come(event, link, "other")
    is_here(service, second)
    assert refusal_of(event, link, "phone")[1] == "link_elsewhere"


def test_without_redis_nobody_is_kept_out(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    is_here(service, come(event, link, "laptop"))
    presence = service.app.extensions[EXTENSION].batches.presence
    gone = type(presence._redis).from_url("unix:///nowhere/at/all.sock")
    monkeypatch.setattr(presence, "_redis", gone)
    assert come(event, link, "phone").joined["attendee"]["assurance"] == "claimed"


# ---- never a host ---------------------------------------------------------------------------------------------------


def test_a_link_never_opens_the_desk_even_of_somebody_who_hosts(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    ada = come(event, link)
    with service.shop.database.write() as session:
        session.get_one(
            Attendee, ada.joined["attendee"]["id"]
        ).assurance = Assurance.PROVED  # by another way in
    host = event.host()
    named = host.call(
        "POST", f"/api/host/people/{ada.joined['attendee']['id']}/role", json={"role": "co_host"}
    )
    assert named.status_code in (200, 204), named.text
    assert row_of(service, ada).role is Role.CO_HOST
    again = come(event, link)
    assert again.joined["attendee"]["role"] == "attendee"
    for person in (ada, again):
        assert person.call("GET", "/api/host").status_code == 403
        assert person.get("/api/me")["attendee"]["role"] == "attendee"
    phone = event.join(launch=again.call("POST", "/api/me/pairing").json["url"].partition("#launch=")[2])
    assert phone.call("GET", "/api/host").status_code == 403  # nor a phone that the link let in
    assert row_of(service, ada).role is Role.CO_HOST


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/host/registrations"),
        ("POST", "/api/host/registrations/links"),
        ("POST", "/api/host/registrations/take-back"),
    ],
)
def test_only_a_host_has_the_links(service: Service, method: str, path: str) -> None:
    event = service.open_event()
    ada = come(event, link_of(service, expect(service, event)))
    for person in (ada, event.join()):
        assert person.call(method, path, json={}).status_code == 403


def test_a_removed_person_does_not_come_back_by_their_link(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    ada = come(event, link)
    with service.shop.database.write() as session:
        session.get_one(Attendee, ada.joined["attendee"]["id"]).removed_at = time.time()
    assert refusal_of(event, link)[:2] == (403, "removed")


def test_whoever_erased_themselves_is_somebody_new_by_the_same_link(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    ada = come(event, link)
    known = service.app.extensions[EXTENSION]
    forget_attendee(known.database, known.storage, known.jobs, ada.joined["attendee"]["id"])
    assert ada.call("GET", "/api/me").status_code == 401
    again = come(event, link)
    assert again.joined["attendee"]["id"] != ada.joined["attendee"]["id"]
    with service.shop.database.read() as session:
        assert session.scalars(select(Door.attendee_id)).all() == [again.joined["attendee"]["id"]]


# ---- the organizer's list -------------------------------------------------------------------------------------------


def test_the_list_of_links_is_the_same_each_time_and_every_link_in_it_works(service: Service) -> None:
    event = service.open_event()
    for name in ("ada", "ben", "cleo"):
        expect(service, event, f"{name}@example.org", name=name.title())
    expect(service, event, "dan@example.org", refunded=True)
    first, second = exported(event), exported(event)
    assert first == second
    assert first[0] == ["name", "email", "link"]
    assert [row[:2] for row in first[1:]] == [
        ["Ada", "ada@example.org"],
        ["Ben", "ben@example.org"],
        ["Cleo", "cleo@example.org"],
    ]
    for name, _, link in first[1:]:
        page, _, secret = link.partition("#me=")
        assert page == f"https://mosaic.example.org/me/{event.code}"
        assert come(event, secret).joined["attendee"]["name"] == name


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", " =cmd|' /C calc'!A0"])
def test_a_name_is_no_formula_in_the_list(service: Service, name: str) -> None:
    event = service.open_event()
    expect(service, event, "=cmd@example.org", name=name)
    row = exported(event)[1]
    assert all(cell.startswith("'") for cell in row[:2])
    assert not row[2].startswith(("=", "+", "-", "@"))


def test_the_desk_finds_somebody_by_name_or_by_their_whole_address(service: Service) -> None:
    event = service.open_event()
    ada = expect(service, event)
    expect(service, event, "ben@example.org", name="Ben")
    host = event.host()

    def found(query: str) -> list[Any]:
        answer = host.get(f"/api/host/registrations?q={query}")
        assert answer["number"] == 2
        return [each["id"] for each in answer["registrations"]]

    assert found("lovel") == [ada]
    assert found("ada@example.org") == [ada]
    assert found("example.org") == []
    assert found("") == []


def test_addresses_and_names_are_unreadable_in_the_database(service: Service) -> None:
    event = service.open_event()
    come(event, link_of(service, expect(service, event, "countess@example.org")))
    with service.shop.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM registrations").all()
    assert b"countess" not in repr(rows).encode()


def test_the_claimed_are_counted_as_claimed(service: Service) -> None:
    event = service.open_event()
    ada = come(event, link_of(service, expect(service, event)))
    assert row_of(service, ada).assurance is Assurance.CLAIMED
