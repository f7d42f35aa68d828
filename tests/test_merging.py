"""Two attendees turn out to be one person: all is theirs, what keeps others safe counts from both, no role grows."""

import secrets
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from plugin.people import devices
from plugin.platforms.entering import enter
from plugin.platforms.entrances import Entrance
from plugin.safety import forgetting
from plugin.safety.merging import United, unite, who_stays
from plugin.state.base import Base
from plugin.state.decisions import Decision, DecisionKind
from plugin.state.doors import Door, DoorKind
from plugin.state.encounters import (
    Block,
    CoffeeBreak,
    Encounter,
    Hello,
    HelloLine,
    HelloState,
    Line,
    LineHeard,
    LineKind,
    LinePlace,
    LineWords,
    Met,
    Report,
    ReportReason,
)
from plugin.state.finish import Print, PrintKind
from plugin.state.models import (
    Assurance,
    Attendee,
    Event,
    Photo,
    PhotoState,
    Reachability,
    Role,
    StageChoice,
    Wall,
)
from plugin.state.platform_models import Authorization, Meeting, Suggestion
from plugin.state.registrations import Registration
from plugin.web.request.services import EXTENSION
from plugin.web.request.tokens import Pass
from tests.factories import Person, Service, error_of, photo_bytes
from tests.gatherings import Guest, change, gather
from tests.registered import DEVICES, come, expect, is_here, link_of
from tests.teams_cast import TeamsService
from tests.test_screens import ask, confirm, on_the_wall, outcome


def one(service: Service, gone: Guest, kept: Guest) -> United:
    with service.shop.database.write() as session:
        return unite(session, session.get_one(Attendee, gone.id), session.get_one(Attendee, kept.id))


def row(service: Service, person: Guest) -> Attendee:
    with service.shop.database.read() as session:
        return session.get_one(Attendee, person.id)


def names_of(service: Service, person: Guest) -> set[str]:
    return {each["name"] for each in person.get("/api/people")["people"]}


def host_blocks(service: Service, blocker: Guest, blocked: Guest) -> bool:
    """Whether the blocker's block of that person holds."""
    with service.shop.database.read() as session:
        found = select(Block.id).where(Block.blocker_id == blocker.id, Block.blocked_id == blocked.id)
        return session.scalar(found) is not None


# ---- nothing gets lost ----------------------------------------------------------------------------------------------


def test_no_row_of_any_table_is_left_with_whoever_is_not_there_any_more(service: Service) -> None:
    """Every table that refers to people has something of theirs; a table that is new has to be thought of here."""
    gone, kept, other, third = gather(service, 4)
    _something_everywhere(service, gone, other, third)
    with service.shop.database.read() as session:
        before = _references(session, gone.id)
    filled = {table for table, number in before.items() if number}
    assert filled == set(before) - {("doors", "former_id")}, "something of theirs in every table"
    one(service, gone, kept)
    with service.shop.database.read() as session:
        after = {table: number for table, number in _references(session, gone.id).items() if number}
    assert after == {("doors", "former_id"): 1}


def _references(session: Any, attendee_id: int) -> dict[tuple[str, str], int]:
    found = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "attendees" for key in column.foreign_keys):
                query = select(func.count()).select_from(table).where(column == attendee_id)
                found[table.name, column.name] = session.scalar(query)
    return found


def _something_everywhere(service: Service, gone: Guest, other: Guest, third: Guest) -> None:
    code = ask(gone)["code"]
    assert code
    with service.shop.database.write() as session:
        event_id = session.get_one(Attendee, gone.id).event_id
        wall_id = session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()
        low, high = sorted((gone.id, other.id))
        hello = Hello(event_id=event_id, low_id=low, high_id=high, from_id=gone.id, to_id=other.id)
        two, three = sorted((gone.id, third.id))
        pause = CoffeeBreak(event_id=event_id, begins_at=time.time(), pour=60, stroll=60, line=60)
        session.add_all(
            [
                hello,
                # Directions and ends of every kind, whatever the ids are.
                Hello(event_id=event_id, low_id=two, high_id=three, from_id=third.id, to_id=gone.id),
                Met(low_id=low, high_id=high, event_id=event_id),
                Encounter(attendee_id=gone.id, other_id=other.id),
                Encounter(attendee_id=third.id, other_id=gone.id),
                Block(blocker_id=gone.id, blocked_id=third.id),
                Block(blocker_id=third.id, blocked_id=gone.id),
                Report(
                    event_id=event_id, reporter_id=gone.id, reported_id=other.id, reason=ReportReason.SPAM
                ),
                Report(
                    event_id=event_id, reporter_id=other.id, reported_id=gone.id, reason=ReportReason.SPAM
                ),
                Decision(
                    event_id=event_id,
                    host_id=gone.id,
                    about_id=gone.id,
                    undone_by=gone.id,
                    kind=DecisionKind.APPROVE,
                ),
                Suggestion(attendee_id=gone.id, picture_key=secrets.token_hex(16)),
                Authorization(
                    digest=b"x", attendee_id=gone.id, client_id="c", verifier="v", expires_at=time.time() + 60
                ),
                Print(
                    wall_id=wall_id,
                    attendee_id=gone.id,
                    key=secrets.token_hex(16),
                    kind=PrintKind.KEEPSAKE,
                    form="jpeg",
                ),
                Door(event_id=event_id, attendee_id=gone.id, kind=DoorKind.PHONE, role=None),
                pause,
            ]
        )
        session.flush()
        stands = Line(event_id=event_id, kind=LineKind.BREAK, break_id=pause.id)
        session.add_all(
            [
                HelloLine(hello_id=hello.id, sender_id=gone.id, opener="story_more"),
                stands,
                Line(event_id=event_id, kind=LineKind.SPEAKER, speaker_id=gone.id),
            ]
        )
        session.flush()
        session.add(LinePlace(line_id=stands.id, attendee_id=gone.id))
        own, heard = (
            LineWords(line_id=stands.id, group_no=1, sender_id=each.id, words="Hello")
            for each in (gone, other)
        )
        session.add_all([own, heard])
        session.flush()
        session.add(LineHeard(words_id=heard.id, attendee_id=gone.id))
        pairing = Base.metadata.tables["pairings"]
        session.execute(pairing.update().values(attendee_id=gone.id))
        met = session.get(Met, (low, high))
        assert met is not None
        other_way = sorted((gone.id, third.id))
        session.add(Met(low_id=other_way[0], high_id=other_way[1], event_id=event_id))
    _both_ends(service, gone)
    with service.shop.database.read() as session:
        code_of = session.get_one(Event, event_id).code
    from tests.factories import Event as OpenEvent

    registration = expect(service, OpenEvent(service, code_of, ""), "gone@example.org")
    with service.shop.database.write() as session:
        session.get_one(Registration, registration).attendee_id = gone.id


def _both_ends(service: Service, gone: Guest) -> None:
    """The lower and the higher id of a pair are both theirs somewhere: with somebody who came before them."""
    with service.shop.database.write() as session:
        mine = session.get_one(Attendee, gone.id)
        earlier = Attendee(
            id=gone.id + 1000,
            event_id=mine.event_id,
            platform="web",
            tenant="",
            user_id="later",
            assurance=Assurance.GUEST,
        )
        session.add(earlier)
        session.flush()
        lowest = session.scalar(select(func.min(Attendee.id)))
        assert lowest is not None
        before = Attendee(
            id=lowest - 1,
            event_id=mine.event_id,
            platform="web",
            tenant="",
            user_id="before",
            assurance=Assurance.GUEST,
        )
        session.add(before)
        session.flush()
        session.add_all(
            [
                Hello(
                    event_id=mine.event_id,
                    low_id=before.id,
                    high_id=gone.id,
                    from_id=before.id,
                    to_id=gone.id,
                ),
                Met(low_id=before.id, high_id=gone.id, event_id=mine.event_id),
            ]
        )


def test_of_two_photos_on_the_wall_the_newer_is_the_home(service: Service) -> None:
    event = service.open_event()
    first, second = on_the_wall(event, "Ada"), on_the_wall(event, "Ada at work")
    ids = [each.joined["attendee"]["id"] for each in (first, second)]
    asked = ask(second)
    assert confirm(first, asked["code"], asked["number"]).status_code == 200
    service.run_jobs()
    with service.shop.database.read() as session:
        placed = session.scalars(select(Photo).where(Photo.state == PhotoState.PLACED)).all()
        wall = session.scalars(select(Wall)).one()
    assert [photo.story for photo in placed] == ["Line of Ada at work"]
    assert placed[0].attendee_id in ids
    assert wall.count == 1


def test_a_photo_on_its_way_arrives_with_the_person(service: Service) -> None:
    event = service.open_event()
    ada, frame = on_the_wall(event), event.join()
    frame.send(photo_bytes(5), name="A", story="From the frame", key="one-and-the-same-key")
    asked = ask(frame)
    assert confirm(ada, asked["code"], asked["number"]).status_code == 200
    service.run_jobs()
    assert ada.photo()["story"] == "From the frame"
    assert [each["state"] for each in ada.get("/api/me")["photos"]] == ["placed"]


def test_hellos_of_both_are_one_conversation(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    first = ben.say(gone)
    gone.answer(first["id"], opener="answer_gladly")
    kept.say(ben)
    one(service, gone, kept)
    assert [each["state"] for each in kept.hellos()] == ["answered"]
    assert [each["state"] for each in ben.hellos()] == ["answered"]
    assert len(kept.hellos()[0]["lines"]) == 3
    with service.shop.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Hello)) == 1


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        (HelloState.SENT, HelloState.SEEN, HelloState.SEEN),
        (HelloState.DECLINED, HelloState.SEEN, HelloState.DECLINED),
        (HelloState.SENT, HelloState.DECLINED, HelloState.DECLINED),
        (HelloState.DECLINED, HelloState.ANSWERED, HelloState.ANSWERED),
    ],
)
def test_what_was_put_aside_stays_so_unless_they_talk(
    service: Service, mine: HelloState, theirs: HelloState, together: HelloState
) -> None:
    gone, kept, ben = gather(service, 3)
    for sender, state in ((gone, mine), (kept, theirs)):
        hello_id = sender.say(ben)["id"]
        with service.shop.database.write() as session:
            session.get_one(Hello, hello_id).state = state
    one(service, gone, kept)
    with service.shop.database.read() as session:
        hello = session.scalars(select(Hello)).one()
    assert hello.state is together


def test_two_who_greeted_each_other_by_different_identities_talk(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    gone.say(ben)
    ben.say(kept)
    one(service, gone, kept)
    assert [each["state"] for each in kept.hellos()] == ["answered"]


def test_a_hello_to_oneself_goes(service: Service) -> None:
    gone, kept = gather(service, 2)
    gone.say(kept)
    one(service, gone, kept)
    assert kept.hellos() == []


def test_a_contact_that_was_shared_is_not_swapped_for_another(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    change(service, gone, contact="work@example.org")
    change(service, kept, contact="+1 555 0100")
    change(service, ben, contact="ben@example.org")
    hello = ben.say(gone)["id"]
    gone.answer(hello)
    for person in (gone, ben):
        assert person.call("POST", f"/api/hellos/{hello}/share", json={}).status_code in (200, 204)
    one(service, gone, kept)
    with service.shop.database.read() as session:
        found = session.scalars(select(Hello)).one()
    assert (found.from_shares, found.to_shares) == (True, False)  # ben still shares his
    assert "555" not in str(ben.hellos())


def test_what_was_shared_stays_shared_where_it_is_the_same(service: Service) -> None:
    gone, kept, ben = gather(service, 3, contact="ada@example.org")
    hello = ben.say(gone)["id"]
    gone.answer(hello)
    for person in (gone, ben):
        assert person.call("POST", f"/api/hellos/{hello}/share", json={}).status_code in (200, 204)
    one(service, gone, kept)
    assert "ada@example.org" in str(ben.hellos())


def test_whoever_stands_in_line_keeps_their_place(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    with service.shop.database.write() as session:
        event_id = session.get_one(Attendee, gone.id).event_id
        pause = CoffeeBreak(event_id=event_id, begins_at=time.time(), pour=0, stroll=0, line=600)
        session.add(pause)
        session.flush()
        line = Line(event_id=event_id, kind=LineKind.BREAK, break_id=pause.id)
        session.add(line)
        session.flush()
        session.add_all(
            [LinePlace(line_id=line.id, attendee_id=each, group_no=1) for each in (gone.id, ben.id)]
        )
    one(service, gone, kept)
    with service.shop.database.read() as session:
        places = {each.attendee_id: each.group_no for each in session.scalars(select(LinePlace))}
    assert places == {kept.id: 1, ben.id: 1}


def test_whoever_stands_in_line_twice_stands_there_once(service: Service) -> None:
    gone, kept = gather(service, 2)
    with service.shop.database.write() as session:
        event_id = session.get_one(Attendee, gone.id).event_id
        speaking = Line(event_id=event_id, kind=LineKind.SPEAKER, speaker_id=kept.id)
        pause = CoffeeBreak(event_id=event_id, begins_at=time.time(), pour=0, stroll=0, line=600)
        session.add_all([speaking, pause])
        session.flush()
        line = Line(event_id=event_id, kind=LineKind.BREAK, break_id=pause.id)
        session.add(line)
        session.flush()
        session.add_all([LinePlace(line_id=line.id, attendee_id=each.id) for each in (gone, kept)])
        session.add(LinePlace(line_id=speaking.id, attendee_id=gone.id))
    one(service, gone, kept)
    with service.shop.database.read() as session:
        places = [(each.line_id, each.attendee_id) for each in session.scalars(select(LinePlace))]
    assert places == [(line.id, kept.id)]


# ---- what keeps others safe -----------------------------------------------------------------------------------------


def test_a_block_of_either_holds_for_the_one(service: Service) -> None:
    gone, kept, ben, cleo = gather(service, 4)
    for blocker, blocked in ((ben, gone), (gone, cleo)):
        assert blocker.call("POST", "/api/block", json={"photo": blocked.photo_id}).status_code == 204
    one(service, gone, kept)
    assert host_blocks(service, ben, kept)
    assert host_blocks(service, kept, cleo)
    assert kept.refused("POST", "/api/hellos", json={"photo": ben.photo_id, "opener": "story_more"})
    assert [each["name"] for each in kept.get("/api/blocks")["blocked"]] == [cleo.name]
    assert names_of(service, ben).isdisjoint({kept.name, gone.name})


def test_a_block_still_holds_for_both_browsers(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    for person, device in ((gone, b"g" * 16), (kept, b"k" * 16)):
        change(service, person, device=device)
        assert ben.call("POST", "/api/block", json={"photo": person.photo_id}).status_code == 204
    one(service, gone, kept)
    newcomer, other = gather(service, 2, event=_event_of(service, ben))
    for person, device in ((newcomer, b"g" * 16), (other, b"k" * 16)):
        with service.shop.database.write() as session:
            devices.recognise(session, session.get_one(Attendee, person.id), device)
        assert host_blocks(service, ben, person)


def _event_of(service: Service, person: Guest) -> Any:
    from tests.factories import Event as OpenEvent

    with service.shop.database.read() as session:
        event_id = session.get_one(Attendee, person.id).event_id
        return OpenEvent(service, session.get_one(Event, event_id).code, "")


def test_a_block_that_was_only_carried_over_stays_silent(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    with service.shop.database.write() as session:
        session.add(Block(blocker_id=ben.id, blocked_id=gone.id, device=b"d" * 16, carried=True))
    one(service, gone, kept)
    assert ben.get("/api/blocks")["blocked"] == []
    assert host_blocks(service, ben, kept)


def test_those_who_blocked_each_other_do_not_become_one_by_accident(service: Service) -> None:
    gone, kept = gather(service, 2)
    assert kept.call("POST", "/api/block", json={"photo": gone.photo_id}).status_code == 204
    one(service, gone, kept)
    with service.shop.database.read() as session:
        assert session.scalars(select(Block)).all() == []


def test_reports_of_both_add_up_to_a_pause(service: Service) -> None:
    gone, kept, ben, cleo = gather(service, 4)
    for reporter, reported in ((ben, gone), (cleo, kept)):
        reporter.opens(reported)
        body = {"photo": reported.photo_id, "reason": "rude", "block": False}
        assert reporter.call("POST", "/api/report", json=body).status_code == 204
    assert row(service, gone).paused_at is row(service, kept).paused_at is None
    done = one(service, gone, kept)
    assert row(service, kept).paused_at is not None
    assert kept.id in done.concerned


@pytest.mark.parametrize("paused", ["gone", "kept"])
def test_a_pause_of_either_pauses_the_one(service: Service, paused: str) -> None:
    people = dict(zip(("gone", "kept"), gather(service, 2), strict=True))
    change(service, people[paused], paused_at=12.0, paused_by_host=True)
    one(service, people["gone"], people["kept"])
    kept = row(service, people["kept"])
    assert (kept.paused_at, kept.paused_by_host) == (12.0, True)


def test_a_host_is_not_paused_by_reports_about_another_identity_but_by_a_hosts_decision(
    service: Service,
) -> None:
    gone, kept = gather(service, 2)
    change(service, kept, role=Role.HOST)
    change(service, gone, paused_at=12.0)
    one(service, gone, kept)
    assert row(service, kept).paused_at is None


def test_a_dismissal_protects_only_while_nobody_complained_about_the_other_identity(service: Service) -> None:
    gone, kept, ben = gather(service, 3)
    change(service, kept, cleared_at=5.0)
    ben.opens(gone)
    body = {"photo": gone.photo_id, "reason": "rude", "block": False}
    assert ben.call("POST", "/api/report", json=body).status_code == 204
    one(service, gone, kept)
    assert row(service, kept).cleared_at is None


def test_who_waits_for_the_host_still_waits(service: Service) -> None:
    gone, kept = gather(service, 2)
    change(service, gone, waits=True)
    one(service, gone, kept)
    assert row(service, kept).waits


def test_consents_hold_where_both_agree(service: Service) -> None:
    gone, kept = gather(service, 2, in_keepsake=True)
    change(service, gone, stage=StageChoice.NAMED, stage_public=True, reachability=Reachability.HIDDEN)
    change(service, kept, stage=StageChoice.PHOTO)
    one(service, gone, kept)
    kept_row = row(service, kept)
    assert (kept_row.stage, kept_row.stage_public) == (StageChoice.PHOTO, False)
    assert (kept_row.in_keepsake, kept_row.reachability) == (True, Reachability.HIDDEN)


@pytest.mark.parametrize("said", [(True, True), (True, False), (False, True)])
def test_a_host_keeps_somebody_who_was_two_only_where_both_said_so(
    service: Service, said: tuple[bool, bool]
) -> None:
    gone, kept = gather(service, 2)
    for person, yes in zip((gone, kept), said, strict=True):
        change(service, person, host_keeps=yes)
    one(service, gone, kept)
    assert (row(service, kept).host_keeps, row(service, gone).host_keeps) == (all(said), False)


# ---- roles ----------------------------------------------------------------------------------------------------------


def entrance(user_id: str, platform: str = "fair", role: str = "attendee", **more: Any) -> Entrance:
    return Entrance(
        platform, "acme", user_id, "proved", role, "meeting", "m" * 64, "", "", "", "client", **more
    )


def identify(service: Service, person: Guest, user_id: str, platform: str = "fair") -> None:
    change(service, person, platform=platform, tenant="acme", user_id=user_id, assurance=Assurance.PROVED)


@pytest.mark.parametrize("gone_role", list(Role))
@pytest.mark.parametrize("kept_role", list(Role))
def test_no_role_grows(service: Service, gone_role: Role, kept_role: Role) -> None:
    gone, kept = gather(service, 2)
    identify(service, gone, "1", "fair")
    identify(service, kept, "2", "other")
    change(service, gone, role=gone_role)
    change(service, kept, role=kept_role)
    done = one(service, gone, kept)
    assert row(service, kept).role is kept_role
    with service.shop.database.read() as session:
        door = session.get_one(Door, done.door_id)
    assert door.role is gone_role  # each identity may do what it could before


def test_a_guests_browser_gets_no_role_from_a_host(service: Service) -> None:
    gone, kept = gather(service, 2)
    identify(service, kept, "1")
    change(service, kept, role=Role.HOST)
    one(service, gone, kept)
    tokens = service.app.extensions[EXTENSION].tokens
    event = _event_of(service, kept)
    back = event.join(return_key=tokens.return_key(gone.id))
    assert back.joined["attendee"]["id"] == kept.id
    assert back.joined["attendee"]["role"] == "attendee"
    assert back.call("GET", "/api/host").status_code == 403


def test_later_launches_of_either_identity_are_the_one_person_each_with_its_own_role(
    service: Service,
) -> None:
    gone, kept = gather(service, 2)
    identify(service, gone, "1", "fair")
    identify(service, kept, "2", "other")
    with service.shop.database.write() as session:
        event_id = session.get_one(Attendee, kept.id).event_id
        for platform in ("fair", "other"):
            session.add(Meeting(platform=platform, digest=bytes.fromhex("ab" * 32), event_id=event_id))
    one(service, gone, kept)
    seen = {}
    for user_id, platform, role in (
        ("1", "fair", "host"),
        ("2", "other", "attendee"),
        ("1", "fair", "attendee"),
    ):
        launch = Entrance(
            platform, "acme", user_id, "proved", role, "meeting", "ab" * 32, "", "", "", "client"
        )
        found = enter(service.shop.database, launch)
        assert found is not None
        assert found.attendee is not None
        assert found.attendee.id == kept.id
        seen[user_id, role] = (found.role, found.attendee.role.value)
        assert row(service, kept).role is Role.ATTENDEE  # the row is the other identity's
    assert seen == {
        ("1", "host"): ("host", "host"),
        ("2", "attendee"): ("attendee", "attendee"),
        ("1", "attendee"): ("attendee", "attendee"),
    }


def test_who_stays_is_the_better_proved_then_who_hosts_then_who_has_a_home(service: Service) -> None:
    guest, claimed, proved, host = gather(service, 4)
    change(service, claimed, assurance=Assurance.CLAIMED)
    identify(service, proved, "1")
    identify(service, host, "2")
    change(service, host, role=Role.HOST)
    with service.shop.database.read() as session:
        rows = [session.get_one(Attendee, each.id) for each in (guest, claimed, proved, host)]
        for lower, weaker in enumerate(rows):
            for stronger in rows[lower + 1 :]:
                assert who_stays(session, weaker, stronger) == (weaker, stronger)
                assert who_stays(session, stronger, weaker) == (weaker, stronger)


# ---- tokens, erasing ------------------------------------------------------------------------------------------------


def test_a_token_of_before_has_to_join_again_and_finds_the_one(service: Service) -> None:
    gone, kept = gather(service, 2)
    event = _event_of(service, kept)
    tokens = service.app.extensions[EXTENSION].tokens
    one(service, gone, kept)
    assert gone.refused("GET", "/api/me") == "join_again"
    back = event.join(return_key=tokens.return_key(gone.id))
    assert back.joined["attendee"]["id"] == kept.id
    door = kept.get("/api/me/doors")["doors"][0]["id"]
    assert kept.call("DELETE", f"/api/me/doors/{door}").status_code == 204
    assert back.call("GET", "/api/me").status_code == 401
    answer = service.client.post(
        "/api/join", json={"code": event.code, "return_key": tokens.return_key(gone.id)}
    )
    assert answer.json["attendee"]["id"] not in (gone.id, kept.id)  # a guest like any other


def test_three_who_are_one(service: Service) -> None:
    first, second, third = gather(service, 3)
    event = _event_of(service, third)
    tokens = service.app.extensions[EXTENSION].tokens
    one(service, first, second)
    one(service, second, third)
    for each in (first, second):
        assert event.join(return_key=tokens.return_key(each.id)).joined["attendee"]["id"] == third.id


def test_erasing_the_one_erases_all_ways_to_them(service: Service) -> None:
    gone, kept = gather(service, 2)
    identify(service, gone, "1", "fair")
    identify(service, kept, "2", "other")
    one(service, gone, kept)
    known = service.app.extensions[EXTENSION]
    concerned = forgetting.attendees_of(known.database, "fair", "acme", "1")
    assert [each.id for each in concerned] == [kept.id]
    forgetting.forget_attendee(known.database, known.storage, known.jobs, kept.id)
    with service.shop.database.read() as session:
        assert session.scalars(select(Door)).all() == []
        left = session.scalars(select(Attendee).where(Attendee.user_id.in_(["1", "2"]))).all()
    assert left == []


def test_an_emptied_row_stays_while_it_leads_to_somebody_and_no_id_is_given_twice(service: Service) -> None:
    kept, gone = gather(service, 2)
    event = _event_of(service, kept)
    known = service.app.extensions[EXTENSION]
    one(service, gone, kept)
    for photo_owner in (gone,):
        assert row(service, photo_owner).name == ""
    forgetting.bury(known.database)
    assert row(service, gone).user_id.startswith("erased-")
    newcomer = event.join()
    assert newcomer.joined["attendee"]["id"] > gone.id


def test_the_id_of_an_erased_person_is_nobody_elses(service: Service) -> None:
    """The newest row of all: what their other devices keep must not speak for whoever comes next."""
    event = service.open_event()
    ada = event.join()
    key = ada.joined["return_key"]
    assert ada.call("DELETE", "/api/me").status_code == 202
    service.run_jobs()
    forgetting.bury(service.shop.database)
    ben = event.join()
    assert ben.joined["attendee"]["id"] != ada.joined["attendee"]["id"]
    assert event.join(return_key=key).joined["attendee"]["id"] != ben.joined["attendee"]["id"]
    forgetting.bury(service.shop.database)
    with service.shop.database.read() as session:
        assert (
            session.get(Attendee, ada.joined["attendee"]["id"]) is None
        )  # gone as soon as there is a newer one


def test_an_attendee_is_not_merged_with_themselves_or_into_another_event(service: Service) -> None:
    one_event, other_event = gather(service, 1)[0], gather(service, 1)[0]
    for gone, kept in ((one_event, one_event), (one_event, other_event)):
        with pytest.raises(ValueError, match="one event"):
            one(service, gone, kept)


# ---- "this is me" ---------------------------------------------------------------------------------------------------


def test_first_by_browser_then_in_a_panel_and_one_person_with_one_home_afterwards(
    in_teams: TeamsService,
) -> None:
    place = in_teams.configured("hanna")
    in_teams.run_jobs()
    from tests.factories import Event as OpenEvent

    event = OpenEvent(in_teams, place["event"]["code"], "")
    browser = on_the_wall(event, "Ada", device=DEVICES["laptop"])
    ben = on_the_wall(event, "Ben")
    mine, theirs = browser.photo()["id"], ben.photo()["id"]
    sent = ben.call("POST", "/api/hellos", json={"photo": mine, "opener": "story_more"})
    assert sent.status_code == 201, sent.text
    panel = in_teams.enter("ada", place["place"])
    asked = ask(panel)
    answer = confirm(browser, asked["code"], asked["number"])
    assert answer.status_code == 200, answer.text
    got = outcome(panel, asked)
    assert got.json["attendee"]["id"] == panel.joined["attendee"]["id"] == answer.json["attendee"]["id"]
    panel = Person(in_teams, got.json["token"], got.json)
    browser = Person(in_teams, answer.json["token"], answer.json)
    for each in (panel, browser):
        assert each.photo()["id"] == mine
        assert [hello["person"]["name"] for hello in each.get("/api/hellos")["hellos"]] == ["Ben"]
    assert browser.call("GET", "/api/host").status_code == 403
    again = in_teams.enter("ada", place["place"])
    back = event.join(return_key=browser.joined["return_key"])
    assert again.joined["attendee"]["id"] == back.joined["attendee"]["id"]
    in_teams.run_jobs()
    people = [each["name"] for each in ben.get("/api/people")["people"]]
    assert sorted(people) == ["Ada", "Ben"]
    assert theirs != mine


def test_a_frame_without_a_proof_stays_whose_it_became(in_teams: TeamsService) -> None:
    """The client tells nothing about who looks: what the frame keeps says it, and a link's key on one device only."""
    place = in_teams.configured("hanna")
    in_teams.run_jobs()
    from tests.factories import Event as OpenEvent

    event = OpenEvent(in_teams, place["event"]["code"], "")
    ada = come(event, link_of(in_teams, expect(in_teams, event)), "laptop")
    frame = in_teams.enter(None, place["place"])
    asked = ask(frame)
    assert confirm(ada, asked["code"], asked["number"]).status_code == 200
    became = outcome(frame, asked).json
    again = in_teams.enter(None, place["place"], return_key=became["return_key"])
    assert again.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    is_here(in_teams, ada)
    body = {"return_key": ada.joined["return_key"], "device": DEVICES["phone"]}
    answer = in_teams.session(None, place["place"], **body)
    assert error_of(answer)["code"] == "link_elsewhere"
    door = next(each for each in ada.get("/api/me/doors")["doors"] if each["kind"] == "paired")
    assert ada.call("DELETE", f"/api/me/doors/{door['id']}").status_code == 204
    answer = in_teams.session(None, place["place"], return_key=became["return_key"])
    assert (answer.status_code, error_of(answer)["code"]) == (401, "disconnected")


def test_an_address_alone_makes_nobody_the_same(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    in_teams.run_jobs()
    from tests.factories import Event as OpenEvent

    event = OpenEvent(in_teams, place["event"]["code"], "")
    panel = in_teams.enter("ada", place["place"])
    with in_teams.shop.database.read() as session:
        address = session.get_one(Attendee, panel.joined["attendee"]["id"]).email or "ada@acme.example"
    registered = come(event, link_of(in_teams, expect(in_teams, event, address)))
    assert registered.joined["attendee"]["id"] != panel.joined["attendee"]["id"]


def test_where_codes_are_mailed_a_link_alone_joins_no_two_known_people(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds somebody's link may be anybody: with it they would make that person part of themselves."""
    event = service.open_event()
    known = gather(service, 1, event=event)[0]
    identify(service, known, "1")
    by_link = come(event, link_of(service, expect(service, event)))
    for screen, confirming in ((known, by_link), (by_link, known)):
        asked = ask(screen)
        object.__setattr__(service.app.extensions[EXTENSION].settings, "smtp_url", "smtps://mail.example.org")
        answer = confirm(confirming, asked["code"], asked["number"])
        assert (answer.status_code, error_of(answer)["code"]) == (403, "link_not_enough")
        object.__setattr__(service.app.extensions[EXTENSION].settings, "smtp_url", "")
    answer = confirm(known, asked["code"], asked["number"])  # where no mail is sent there is nothing better
    assert answer.status_code == 200


def test_a_guest_who_proves_who_they_are_brings_their_blocks_and_pauses_along(service: Service) -> None:
    """By whatever way two rows turn out to be one."""
    guest, proved, ben = gather(service, 3)
    identify(service, proved, "1")
    change(service, guest, platform="fair", paused_at=3.0, paused_by_host=True)
    assert ben.call("POST", "/api/block", json={"photo": guest.photo_id}).status_code == 204
    with service.shop.database.write() as session:
        event_id = session.get_one(Attendee, proved.id).event_id
        session.add(Meeting(platform="fair", digest=bytes.fromhex("ab" * 32), event_id=event_id))
    launch = Entrance("fair", "acme", "1", "proved", "", "meeting", "ab" * 32, "", "", "", "client")
    found = enter(service.shop.database, launch, (guest.id, 0))
    assert found is not None
    assert found.attendee is not None
    assert found.attendee.id == proved.id
    assert found.united is not None
    assert found.united.wall_id
    assert row(service, proved).paused_by_host
    assert host_blocks(service, ben, proved)


def test_a_pass_with_a_door_of_another_event_opens_nothing(service: Service) -> None:
    spring, autumn = gather(service, 1)[0], gather(service, 1)[0]
    tokens = service.app.extensions[EXTENSION].tokens
    with service.shop.database.write() as session:
        here, there = (session.get_one(Attendee, each.id).event_id for each in (spring, autumn))
        door = Door(event_id=here, attendee_id=spring.id, kind=DoorKind.PHONE, role=None)
        session.add(door)
        session.flush()
    token = tokens.panel(Pass(there, autumn.id, "panel", door.id))
    answer = service.client.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
