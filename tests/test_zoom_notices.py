"""Zoom's notices: believed only when signed just now, answered at once, done once; and removing the app removes all."""

import hashlib
import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from redis import Redis
from werkzeug.test import TestResponse

from integrations.platform import PlatformError, Request
from integrations.zoom import Zoom, webhook
from plugin.platforms import errands
from plugin.state.models import Attendee, Event, Photo
from plugin.state.platform_models import Installation, Meeting, Notice
from tests.factories import Person, photo_bytes
from tests.fake_zoom.server import CLIENT_SECRET
from tests.trusts import NOBODY
from tests.zoom_cast import MEETING, ZoomService

# The vectors of the facts that this was built from.
SECRET = "test-webhook-secret"
BODY = (
    b'{"event":"meeting.ended","payload":{"account_id":"AC1","object":{"id":"1234567890",'
    b'"uuid":"bWVldGluZy11dWlkLTAwMQ=="}},"event_ts":1700000000123}'
)
SIGNATURE = "v0=64430d5946ab060462a119e2a11989d7bebc2951e2c3ecfcea8f3343cb425914"
NOW = 1_700_000_000.0


def wire(body: bytes = BODY, signature: str = SIGNATURE, timestamp: str = "1700000000") -> Request:
    headers = {"x-zm-signature": signature, "x-zm-request-timestamp": timestamp}
    return Request("POST", "/zoom/notices", headers=headers, body=body)


def believed(request: Request, now: float = NOW) -> bool:
    try:
        webhook.verified(request, (SECRET,), now)
    except PlatformError:
        return False
    return True


def test_the_vector_of_the_signature() -> None:
    assert webhook.sign(SECRET, "1700000000", BODY) == SIGNATURE
    assert believed(wire())


def test_the_vector_of_the_validation() -> None:
    zoom = Zoom([("a", "b")], (SECRET,))
    body = (
        b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1}'
    )
    notice = zoom.notice(wire(body, webhook.sign(SECRET, "1700000000", body)), NOBODY, NOW)
    assert notice is not None
    assert notice.answer == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": "0ded0bb0878ac48b6a98f75c065a2bfeea9b3bf7c4d77f3dcb1ba9f41304f9a4",
    }


def test_every_change_of_the_body_breaks_the_signature() -> None:
    for place in range(len(BODY)):
        assert not believed(wire(BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]))
        assert not believed(wire(BODY[:place]))


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": ""},
        {"signature": SIGNATURE.upper()},
        {"signature": SIGNATURE[3:]},
        {"signature": SIGNATURE[:-1]},
        {"signature": "v0=\u00e9"},
        {"timestamp": ""},
        {"timestamp": "1700000001"},
        {"timestamp": "1700000000.0"},
        {"timestamp": "17000000000"},
        {"timestamp": " 1700000000"},
        {"timestamp": "\u0661700000000"},
    ],
)
def test_another_signature_or_time_is_refused(changes: dict[str, str]) -> None:
    assert not believed(wire(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(-301, False), (-300, True), (-299, True), (299, True), (300, True), (301, False)],
)
def test_a_notice_counts_for_five_minutes(seconds: float, good: bool) -> None:
    assert believed(wire(), NOW + seconds) is good


def test_the_time_may_be_in_milliseconds() -> None:
    signature = webhook.sign(SECRET, "1700000000500", BODY)
    assert believed(wire(signature=signature, timestamp="1700000000500"))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"{", b"[" * 3000, b"\xff", b'{"event":"endpoint.url_validation"}']
)
def test_a_signed_body_that_makes_no_sense_is_refused(in_zoom: ZoomService, body: bytes) -> None:
    headers = in_zoom.zoom.sign(body, time.time())
    assert in_zoom.client.post("/zoom/notices", data=body, headers=headers).status_code == 401


@pytest.mark.parametrize(("length", "good"), [(65_536, True), (65_537, False)])
def test_a_body_that_is_too_long_is_refused(length: int, good: bool) -> None:
    body = b'{"event":"x","y":""}'
    body = body.replace(b'""', b'"' + b"x" * (length - len(body)) + b'"')
    assert believed(wire(body, webhook.sign(SECRET, "1700000000", body))) is good


def test_a_delivery_is_remembered_until_nobody_would_believe_it_any_more() -> None:
    delivery = webhook.verified(wire(), (SECRET,), NOW)
    assert delivery.replay_until == NOW + 600
    assert delivery.secret_token == SECRET


def test_ids_of_two_hundred_characters_are_ids() -> None:
    delivery = webhook.Delivery(
        {"event": "app_deauthorized", "payload": {"user_id": "x" * 200, "client_id": "ours"}},
        SECRET,
        "key",
        1.0,
    )
    notice = webhook.understood(delivery, {"ours"})
    assert notice is not None
    assert notice.user_id == "x" * 200


# ---- over HTTP --------------------------------------------------------------------------------------------------


def send(service: ZoomService, event: str, payload: dict[str, Any], **options: Any) -> TestResponse:
    body, headers = service.zoom.notice(event, payload, **options)
    return service.client.post("/zoom/notices", data=body, headers=headers)


def test_zoom_finds_us_where_it_asks(in_zoom: ZoomService) -> None:
    answer = send(in_zoom, "endpoint.url_validation", {"plainToken": "abc"})
    assert answer.status_code == 200
    assert answer.json["plainToken"] == "abc"
    assert len(answer.json["encryptedToken"]) == 64
    assert in_zoom.rows(Notice) == []


def test_a_kind_that_says_nothing_to_us_is_thanked_for_and_not_kept(in_zoom: ZoomService) -> None:
    assert send(in_zoom, "user.updated", {"user_id": "u_Ada"}).status_code == 200
    assert in_zoom.rows(Notice) == []


@pytest.mark.parametrize(
    "payload",
    [
        {"client_id": "somebody else's app"},
        {"client_id": 7},
        {"user_id": None},
        {"user_id": ""},
        {"user_id": ["u_Ada"]},
        {"user_id": "x" * 201},
    ],
)
def test_a_removal_that_is_not_about_our_app_or_about_nobody_is_refused(
    in_zoom: ZoomService, payload: dict[str, Any]
) -> None:
    answer = send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada") | payload)
    assert answer.status_code == 401
    assert in_zoom.rows(Notice) == []


def test_an_unsigned_removal_removes_nothing(in_zoom: ZoomService) -> None:
    in_zoom.install("u_Ada")
    body, headers = in_zoom.zoom.notice("app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    for changed in ({}, headers | {"x-zm-signature": "v0=" + "0" * 64}):
        assert in_zoom.client.post("/zoom/notices", data=body, headers=changed).status_code == 401
    old = in_zoom.zoom.notice("app_deauthorized", in_zoom.zoom.removal("u_Ada"), now=time.time() - 301)
    assert in_zoom.client.post("/zoom/notices", data=old[0], headers=old[1]).status_code == 401
    in_zoom.run_errands()
    assert len(in_zoom.rows(Installation)) == 1


def test_the_very_same_delivery_is_refused_the_second_time(in_zoom: ZoomService) -> None:
    body, headers = in_zoom.zoom.notice("app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    codes = [in_zoom.client.post("/zoom/notices", data=body, headers=headers).status_code for _ in range(2)]
    assert codes == [200, 401]
    assert len(in_zoom.rows(Notice)) == 1


def test_the_same_notice_delivered_anew_is_harmless(in_zoom: ZoomService) -> None:
    in_zoom.install("u_Ada")
    body, headers = in_zoom.zoom.notice("app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    assert in_zoom.client.post("/zoom/notices", data=body, headers=headers).status_code == 200
    in_zoom.run_errands()
    in_zoom.install("u_Ada")  # she adds it again, and Zoom repeats what it said before
    anew = in_zoom.zoom.sign(body, time.time() + 60)
    assert in_zoom.client.post("/zoom/notices", data=body, headers=anew).status_code == 200
    in_zoom.run_errands()
    assert len(in_zoom.rows(Notice)) == 1
    assert len(in_zoom.rows(Installation)) == 1


def test_the_answer_does_not_wait_for_the_work(in_zoom: ZoomService) -> None:
    in_zoom.install("u_Ada")
    assert send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada")).status_code == 200
    assert len(in_zoom.rows(Installation)) == 1
    (noted,) = in_zoom.rows(Notice)
    assert noted.done_at is None
    in_zoom.run_errands()
    assert in_zoom.rows(Installation) == []


def test_a_notice_survives_the_loss_of_redis_and_of_its_errand(in_zoom: ZoomService) -> None:
    in_zoom.install("u_Ada")
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    with Redis.from_url(in_zoom.settings.redis_url) as redis:
        redis.flushall()
    in_zoom.run_errands()
    assert len(in_zoom.rows(Installation)) == 1
    assert errands.look_around(errands.office(), time.time() + 60) == 1
    in_zoom.run_errands()
    assert in_zoom.rows(Installation) == []
    assert errands.look_around(errands.office(), time.time() + 7200) == 0


def test_an_errand_that_fails_is_tried_again_with_growing_pauses(
    in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin.platforms import notices

    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))

    def broken(*_arguments: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("plugin.safety.forgetting.forget_consents", broken)
        for _ in range(3):
            with pytest.raises(OSError, match="disk"):
                errands.notice(1)
    now = in_zoom.rows(Notice)[0].touched_at
    database = in_zoom.shop.database
    assert notices.due(database, now + 39) == []
    assert notices.due(database, now + 41) == [1]
    errands.notice(1)
    assert notices.due(database, now + 1e9) == []


def test_the_end_of_a_meeting_is_noted_and_its_wall_stays(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    assert (
        send(
            in_zoom, "meeting.ended", {"account_id": "a", "object": {"uuid": MEETING, "id": "1"}}
        ).status_code
        == 200
    )
    assert send(in_zoom, "webinar.ended", {"object": {"uuid": "another"}}).status_code == 200
    for payload in ({}, {"object": 7}, {"object": {"uuid": 7}}):
        assert send(in_zoom, "meeting.ended", payload).status_code == 200
    in_zoom.run_errands()
    (meeting,) = in_zoom.rows(Meeting)
    assert meeting.ended_at is not None
    assert hanna.get("/api/wall")["state"] == "open"
    assert all(notice.done_at for notice in in_zoom.rows(Notice))


# ---- removing the app removes everything ------------------------------------------------------------------------

TRACES = ("u_Ada", "Ada Lovelace", "Countess", "I write programs", "Who else writes programs", "a_Acme")


def dump(service: ZoomService) -> str:
    """All rows of all tables as text; what is encrypted cannot be searched, so its being there is looked at apart."""
    with closing(sqlite3.connect(service.settings.data_folder / "mosaic.sqlite3")) as connection:
        return "\n".join(connection.iterdump())


def files(service: ZoomService) -> dict[str, bytes]:
    root = service.settings.data_folder / "files"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def settle(service: ZoomService) -> None:
    """Let every worker and errand do what there is to do, and what that asks for."""
    from worker import sweeper

    service.run_errands()
    while sweeper.sweep(service.shop, time.time() + 60):
        service.run_jobs()
    sweeper.tidy(service.shop, time.time() + 7200)


@pytest.fixture
def ada(in_zoom: ZoomService) -> Person:
    """Ada has given everything that can be given."""
    return generous_ada(in_zoom, MEETING)


def generous_ada(in_zoom: ZoomService, *meetings: str) -> Person:
    in_zoom.install("u_Ada")
    for number, meeting in enumerate(meetings):
        in_zoom.start_wall(work=True, mid=meeting)
        ada = in_zoom.enter(uid="u_Ada", attendrole="participant", mid=meeting)
        settle(in_zoom)
        ada.send(
            photo_bytes(10 + number),
            name="Ada Lovelace",
            story="I write programs",
            title="Countess",
            on_stage="1",
        )
        ben = in_zoom.enter(uid="u_Ben", attendrole="participant", mid=meeting)
        ben.send(photo_bytes(20 + number), name="Ben", story="I bake bread")
        settle(in_zoom)
        answer = ada.call("PATCH", "/api/me", json={"title": "Countess", "on_stage": True, "keepsake": True})
        assert answer.status_code == 200
        hello = ada.call("POST", "/api/hellos", json={"photo": ben.photo()["id"], "opener": "story_more"})
        assert hello.status_code == 201, hello.text
        settle(in_zoom)
    return ada


@pytest.mark.sqlite
def test_removing_the_app_removes_every_trace_from_database_and_storage(in_zoom: ZoomService) -> None:
    generous_ada(in_zoom, MEETING, "YW5vdGhlcg==")
    before, kept = dump(in_zoom), files(in_zoom)
    keys = [photo.key for photo in in_zoom.rows(Photo) if photo.story == "I write programs"]
    suggested = [name for name in kept if name.startswith("suggestions/")]
    assert len(keys) == 2
    assert suggested
    for trace in ("u_Ada", "Ada Lovelace", "Countess", "I write programs"):
        assert trace in before, trace
    assert all(any(key in name for name in kept) for key in keys)

    assert send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada")).status_code == 200
    settle(in_zoom)

    after, left = dump(in_zoom), files(in_zoom)
    for trace in (*TRACES, *keys):
        assert trace not in after, trace
    assert not [name for name in left if any(key in name for key in keys) or name.startswith("suggestions/")]
    assert not [name for name in left if name.startswith("uploads/")]
    for table in ("installations", "suggestions", "authorizations", "hellos", "hello_lines", "exposures"):
        assert rows_about_somebody(in_zoom, table) == 0, table
    # Not one picture that showed her is left: the walls were drawn anew.
    assert overviews(left)
    assert not overviews(left) & overviews(kept)
    assert b"Ada Lovelace" not in raw_database(in_zoom)
    assert b"I write programs" not in raw_database(in_zoom)
    assert b"u_Ada" not in raw_database(in_zoom)
    # Others are still there.
    assert {person.name for person in in_zoom.rows(Attendee) if person.name} == {"Ben"}
    assert len(in_zoom.rows(Photo)) == 2


def overviews(kept: dict[str, bytes]) -> set[str]:
    return {name for name in kept if "overview" in name}


def rows_about_somebody(service: ZoomService, table: str) -> int:
    with closing(sqlite3.connect(service.settings.data_folder / "mosaic.sqlite3")) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        if not known:
            return 0
        about_ben = " WHERE photo_id NOT IN (SELECT id FROM photos)" if table == "exposures" else ""
        (number,) = connection.execute(f"SELECT count(*) FROM {table}{about_ben}").fetchone()
        return int(number)


def raw_database(service: ZoomService) -> bytes:
    """The bytes of the file itself, free pages included, once the journal is written back."""
    path = service.settings.data_folder / "mosaic.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_what_stays_is_a_hash_that_proves_it_to_whoever_has_the_notice(
    in_zoom: ZoomService, ada: Person
) -> None:
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    settle(in_zoom)
    (proof,) = in_zoom.rows(Notice)
    assert proof.done_at is not None
    assert proof.subject is None
    assert proof.subject_digest == hashlib.blake2b(b"zoom:u_Ada", digest_size=32).digest()


@pytest.mark.sqlite
def test_before_it_is_done_whom_it_is_about_is_encrypted(in_zoom: ZoomService) -> None:
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    assert "u_Ada" not in dump(in_zoom)
    assert "a_Acme" not in dump(in_zoom)


def test_the_panel_of_whoever_was_removed_is_asked_to_join_again(in_zoom: ZoomService, ada: Person) -> None:
    key = ada.joined["return_key"]
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    in_zoom.run_errands()
    assert ada.call("GET", "/api/me").status_code == 401
    again = in_zoom.client.post(
        "/api/join", json={"code": ada.joined["event"]["code"], "return_key": key}
    ).json
    assert again["attendee"]["name"] == ""
    assert again["attendee"]["id"] != ada.joined["attendee"]["id"]


def test_adding_the_app_again_begins_anew(in_zoom: ZoomService, ada: Person) -> None:
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    settle(in_zoom)
    in_zoom.install("u_Ada")
    again = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert again.joined["attendee"]["name"] == ""
    assert again.get("/api/me")["photos"] == []
    again.send(photo_bytes(30), name="Ada L.", story="Back again")
    settle(in_zoom)
    assert again.photo()["state"] == "placed"


def test_a_host_who_removes_the_app_leaves_the_wall_of_the_others_and_owns_nothing(
    in_zoom: ZoomService, ada: Person
) -> None:
    assert all(event.opener for event in in_zoom.rows(Event))
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Hanna"))
    settle(in_zoom)
    assert not any(event.opener for event in in_zoom.rows(Event))
    assert ada.get("/api/wall")["count"] == 2


def test_somebody_we_never_saw_is_removed_without_ado(in_zoom: ZoomService) -> None:
    send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Nobody"))
    in_zoom.run_errands()
    (noted,) = in_zoom.rows(Notice)
    assert noted.done_at is not None


def test_the_log_tells_numbers_and_nobodys_name(
    in_zoom: ZoomService, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
        settle(in_zoom)
        in_zoom.session(context="garbage")
        in_zoom.install("u_Ben")
    for secret in (*TRACES, "u_Ben", CLIENT_SECRET, *in_zoom.zoom.access, *in_zoom.zoom.refresh):
        assert secret not in caplog.text, secret


def test_a_notice_is_json_and_its_answer_too(in_zoom: ZoomService) -> None:
    answer = send(in_zoom, "app_deauthorized", in_zoom.zoom.removal("u_Ada"))
    assert json.loads(answer.data) == {"ok": True}
