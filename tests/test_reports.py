"""Which reports pause somebody, and which only tell the host: no free account is a weapon, and nobody is unheard."""

from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.safety import reports
from plugin.safety.blocks import Consequences
from plugin.safety.reports import COUNTED_AT_MOST, REPORTS_SHOWN, Complaint
from plugin.state.encounters import Block, Encounter, LineKind, Report, ReportReason
from plugin.state.models import Attendee, Photo, PhotoState
from plugin.together import encounter
from plugin.together.turns import note_met
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service
from tests.gatherings import Guest, gather
from tests.test_lines import get_in, in_the_line_phase, line_of, move


def report(person: Person, other: Guest, **more: Any) -> None:
    body = {"photo": other.photo_id, "reason": "rude", "block": False} | more
    assert person.call("POST", "/api/report", json=body).status_code == 204


def is_paused(person: Guest) -> bool:
    return bool(person.get("/api/me")["attendee"]["paused"])


def decide(event: Event, person: Guest, decision: str) -> None:
    """What the host decides about somebody."""
    host = event.host()
    found = [each for each in host.get("/api/host/reports")["reports"] if each["person"]["id"] == person.id]
    answer = host.call("POST", f"/api/host/reports/{found[0]['id']}", json={"decision": decision})
    assert answer.status_code == 200, answer.text


def without_photo(service: Service, guest: Guest) -> None:
    """Their photo is still on its way to the wall."""
    with service.app.extensions[EXTENSION].database.write() as session:
        session.execute(update(Photo).where(Photo.id == guest.photo_id).values(state=PhotoState.PREPARED))


def with_photo(service: Service, guest: Guest) -> None:
    with service.app.extensions[EXTENSION].database.write() as session:
        session.execute(update(Photo).where(Photo.id == guest.photo_id).values(state=PhotoState.PLACED))


def test_two_fresh_guests_pause_nobody_and_the_host_hears_of_all(service: Service) -> None:
    event = service.open_event(work=False)
    people = gather(service, 58, event)
    known = service.app.extensions[EXTENSION]
    for fresh in (event.join(), event.join()):
        for person in people:
            fresh.call("POST", "/api/opened", json={"opened": [{"id": person.photo_id, "how": "wall"}]})
            report(fresh, person)
    assert not [person.name for person in people if is_paused(person)]
    assert event.host().get("/api/host/reports")["open"] == 2 * len(people)
    with known.database.read() as session:
        assert session.scalars(select(Encounter)).all() == []


def test_two_on_the_wall_who_opened_every_photo_pause_three_at_most(service: Service) -> None:
    event = service.open_event(work=False)
    mallory, trudy, *people = gather(service, 12, event)
    for one in (mallory, trudy):
        for person in people:
            one.opens(person)
            report(one, person)
    assert sum(is_paused(person) for person in people) == COUNTED_AT_MOST == 3
    assert event.host().get("/api/host/reports")["open"] == 20


def test_who_only_knows_the_address_of_a_photo_has_not_met_the_person(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    report(ada, cleo)
    report(ben, cleo)
    assert not is_paused(cleo)


def test_a_photo_that_comes_after_the_meeting_does_not_make_up_for_it(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    for person in (ada, ben):
        without_photo(service, person)
        person.opens(cleo)
    known = service.app.extensions[EXTENSION]
    known.batches.openings.flush(known.database)
    for person in (ada, ben):
        with_photo(service, person)
        report(person, cleo)
    assert not is_paused(cleo)


@pytest.mark.parametrize(
    "how", ["opened", "asked how to say hello", "strolled", "in line", "hello", "answer"]
)
def test_each_way_of_meeting_gives_a_report_its_weight(service: Service, how: str) -> None:
    cleo, *reporters = gather(service, 3)
    known = service.app.extensions[EXTENSION]
    for person in reporters:
        if how == "opened":
            person.opens(cleo)
        elif how == "asked how to say hello":
            person.get(f"/api/photos/{cleo.photo_id}/hello")
        elif how == "strolled":
            body = {"from": None, "seen": [each.photo_id for each in reporters]}
            assert person.call("POST", "/api/stroll", json=body).json["photo"]["id"] == cleo.photo_id
        elif how == "in line":
            with known.database.write() as session:
                event_id = session.get_one(Attendee, cleo.id).event_id
                note_met(session, event_id, [(cleo.id, person.id)], LineKind.BREAK, 1.0)
        elif how == "hello":
            cleo.say(person)
        else:
            cleo.answer(person.say(cleo)["id"])
    for number, person in enumerate(reporters):
        assert is_paused(cleo) is False, number
        report(person, cleo)
    assert is_paused(cleo) is True


def test_a_hello_that_one_sent_is_no_meeting_until_it_is_answered(service: Service) -> None:
    cleo, ada, ben = gather(service, 3)
    for person in (ada, ben):
        person.say(cleo)
        report(person, cleo)
    assert not is_paused(cleo)


def test_a_dismissal_protects_from_the_same_and_from_new_reporters(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, *reporters = gather(service, 6, event)
    for person in reporters:
        person.opens(cleo)
    report(reporters[0], cleo)
    report(reporters[1], cleo)
    assert is_paused(cleo)
    decide(event, cleo, "dismiss")
    for person in reporters:
        report(person, cleo)
    assert not is_paused(cleo)
    assert event.host().get("/api/host/reports")["open"] == 5
    decide(event, cleo, "pause")
    assert is_paused(cleo)


def test_a_host_who_lets_somebody_go_on_has_looked(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, *reporters = gather(service, 4, event)
    for person in reporters:
        person.opens(cleo)
    report(reporters[0], cleo)
    report(reporters[1], cleo)
    event.host().call("POST", f"/api/host/people/{cleo.id}", json={"paused": False})
    report(reporters[2], cleo)
    assert not is_paused(cleo)


def test_a_hidden_photo_is_no_dismissal(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, *reporters = gather(service, 5, event)
    for person in reporters:
        person.opens(cleo)
    report(reporters[0], cleo)
    decide(event, cleo, "hide_photo")
    with_photo(service, cleo)
    report(reporters[1], cleo)
    assert not is_paused(cleo)  # the settled one counts no more
    report(reporters[2], cleo)
    assert is_paused(cleo)


def test_a_pair_counts_once_however_often_it_is_settled(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, ada, ben = gather(service, 3, event)
    for person in (ada, ben):
        person.opens(cleo)
    report(ada, cleo)
    decide(event, cleo, "hide_photo")
    with_photo(service, cleo)
    report(ada, cleo)
    report(ben, cleo)
    assert not is_paused(cleo)


def test_being_blocked_by_the_reported_person_weakens_nothing(service: Service) -> None:
    cleo, ada, ben = gather(service, 3)
    for person in (ada, ben):
        cleo.say(person)
        assert cleo.call("POST", "/api/block", json={"photo": person.photo_id}).status_code == 204
        report(person, cleo)
    assert is_paused(cleo)


def test_reports_of_people_whom_the_host_paused_or_removed_wait(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, mallory, trudy, ada, ben = gather(service, 5, event)
    for person in (mallory, trudy, ada, ben):
        person.opens(cleo)
    report(trudy, cleo)
    report(ada, trudy, photo=trudy.photo_id)
    event.host().call("POST", f"/api/host/people/{mallory.id}", json={"paused": True})
    decide(event, trudy, "remove")
    report(mallory, cleo)
    report(ada, cleo)
    assert not is_paused(cleo)
    assert {each["person"]["name"] for each in event.host().get("/api/host/reports")["reports"]} >= {
        cleo.name
    }
    event.host().call("POST", f"/api/host/people/{mallory.id}", json={"paused": False})
    report(ben, cleo)
    assert is_paused(cleo)


def test_whom_the_host_lets_go_on_is_heard_again(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, mallory, ada = gather(service, 3, event)
    for person in (mallory, ada):
        person.opens(cleo)
    for paused in (True, False):
        event.host().call("POST", f"/api/host/people/{mallory.id}", json={"paused": paused})
    report(mallory, cleo)
    assert not is_paused(cleo)
    report(ada, cleo)
    assert is_paused(cleo)


def test_who_is_paused_by_reports_alone_is_heard_like_anybody(service: Service) -> None:
    cleo, ada, ben = gather(service, 3)
    for one, other in ((cleo, ada), (ben, ada), (ada, cleo), (ben, cleo)):
        one.opens(other)
    report(cleo, ada)
    report(ben, ada)
    assert is_paused(ada)
    report(ada, cleo)
    report(ben, cleo)
    assert is_paused(cleo)


def test_reports_that_were_right_are_not_held_against_the_reporter(service: Service) -> None:
    event = service.open_event(work=False)
    ada, *others = gather(service, 8, event)
    for person in others:
        ada.opens(person)
        report(ada, person)
        decide(event, person, "remove" if person is not others[-1] else "dismiss")
    assert len(others) > COUNTED_AT_MOST
    with service.app.extensions[EXTENSION].database.read() as session:
        assert all(session.scalars(select(Report.counts)))


def test_a_flood_of_reports_hides_none_that_counts(service: Service) -> None:
    event = service.open_event(work=False)
    cleo, ada, *crowd = gather(service, 20, event)
    ada.opens(cleo)
    report(ada, cleo, note="the one that matters")
    known = service.app.extensions[EXTENSION]
    with known.database.write() as session:
        event_id = session.get_one(Attendee, ada.id).event_id
        session.add_all(
            Report(
                event_id=event_id, reporter_id=crowd[0].id, reported_id=crowd[1].id, reason=ReportReason.SPAM
            )
            for _ in range(REPORTS_SHOWN + 20)
        )
    queue = event.host().get("/api/host/reports")
    assert queue["open"] == REPORTS_SHOWN + 21
    assert queue["reports"][0]["note"] == "the one that matters"


def test_a_meeting_goes_with_either_of_the_two(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    known = service.app.extensions[EXTENSION]
    for one, other in ((ada, ben), (ben, cleo), (cleo, ada)):
        one.opens(other)
    known.batches.openings.flush(known.database)
    ada.call("DELETE", "/api/me")
    with known.database.read() as session:
        (left,) = session.scalars(select(Encounter))
        assert (left.attendee_id, left.other_id) == (ben.id, cleo.id)
        assert encounter.have_met(session, ben.id, cleo.id)
        assert not encounter.have_met(session, cleo.id, ben.id)


def test_a_photo_of_another_event_is_nobody_one_met(service: Service) -> None:
    (ada,), (ben,) = gather(service, 1), gather(service, 1)
    ada.opens(ben)
    known = service.app.extensions[EXTENSION]
    known.batches.openings.flush(known.database)
    with known.database.read() as session:
        assert session.scalars(select(Encounter)).all() == []


def test_openings_that_could_not_be_written_are_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = gather(service, 2)
    known = service.app.extensions[EXTENSION]
    with monkeypatch.context() as broken:
        broken.setattr(encounter, "note", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        ada.opens(ben)
        known.batches.flush()
    known.batches.flush()
    with known.database.read() as session:
        assert encounter.have_met(session, ada.id, ben.id)


@pytest.mark.parametrize("block", [True, False])
def test_who_is_reported_in_line_stands_elsewhere_at_once_and_all_three_are_told(
    service: Service, block: bool
) -> None:
    event = service.open_event(work=False)
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben, cleo)
    move(service)
    assert [len(line_of(each)["people"]) for each in (ada, ben, cleo)] == [2, 2, 2]
    done = said_of(service, ada, Complaint(photo_id=ben.photo_id, reason="rude", block=block))
    assert {ada.id, cleo.id} <= done.concerned
    assert line_of(ada)["state"] == "waiting"


def test_a_report_that_blocks_tells_the_other_and_everybody_that_a_thread_is_gone(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    hello = ada.say(ben)
    ben.answer(hello["id"])
    done = said_of(service, ada, Complaint(photo_id=ben.photo_id, reason="rude"))
    assert done.concerned == {ada.id, ben.id}
    assert done.threads


def test_a_report_without_a_block_changes_nothing_between_the_two(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    hello = ada.say(ben)
    ben.answer(hello["id"])
    done = said_of(service, ada, Complaint(photo_id=ben.photo_id, reason="rude", block=False))
    assert (done.concerned, done.threads) == (set(), False)
    with service.app.extensions[EXTENSION].database.read() as session:
        assert session.scalars(select(Block)).all() == []


def said_of(service: Service, by: Guest, complaint: Complaint) -> Consequences:
    known = service.app.extensions[EXTENSION]
    with known.database.read() as session:
        attendee = session.get_one(Attendee, by.id)
    return reports.report(known.database, known.storage, attendee, complaint)
