"""Codes by mail: for whoever is registered, once, for ten minutes; and from outside nobody learns who that is."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.event import listen
from werkzeug.test import TestResponse

from plugin.languages import LANGUAGES
from plugin.people import mailing
from plugin.people.post import Post, PostError, compose
from plugin.platforms.errands import look_around, office
from plugin.settings import Settings, SettingsError
from plugin.state.doors import MailedCode
from plugin.state.models import Attendee
from plugin.state.queue import ERRANDS
from plugin.web.request.limits import limiter
from plugin.web.request.services import EXTENSION
from tests.conftest import served_by
from tests.factories import Person, Service, environ_for, error_of, photo_bytes
from tests.registered import (
    DEVICES,
    PostOffice,
    change,
    come,
    expect,
    is_here,
    link_of,
    minutes_later,
    post_office,
    refusal_of,
)


@pytest.fixture
def mails() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def posting(
    settings: Settings, made_walls: object, mails: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """The service with a mail server."""
    environ = environ_for(settings) | mails.environ | {"MOSAIC_BASE_URL": settings.base_url}
    yield from served_by(settings, environ, monkeypatch, lambda *parts: Service(*parts, made_walls))  # type: ignore[arg-type]


def ask(person: Person, address: str = "ada@example.org", language: str = "en") -> TestResponse:
    return person.call("POST", "/api/me/mail", json={"email": address}, headers={"Accept-Language": language})


def type_in(person: Person, ticket: str, digits: str, device: str = "laptop") -> TestResponse:
    body = {"ticket": ticket, "digits": digits, "device": DEVICES[device]}
    return person.call("POST", "/api/me/mail/code", json=body)


def mailed(
    service: Service, mails: PostOffice, person: Person, address: str = "ada@example.org"
) -> tuple[str, str]:
    """(the ticket, the digits that came by mail)."""
    ticket = ask(person, address).json["ticket"]
    service.run_errands()
    return ticket, mails.digits()


def let_in(service: Service, mails: PostOffice, person: Person, device: str = "laptop") -> Person:
    answer = type_in(person, *mailed(service, mails, person), device)
    assert answer.status_code == 200, answer.text
    return Person(service, answer.json["token"], answer.json)


def test_the_code_that_was_mailed_makes_a_guest_the_registrant(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    ada = let_in(posting, mails, guest)
    assert ada.joined["attendee"]["name"] == "Ada Lovelace"
    assert (ada.joined["attendee"]["assurance"], ada.joined["attendee"]["role"]) == ("claimed", "attendee")
    assert ada.get("/api/me")["means"] == {"door": "mail", "mail": True}
    back = event.join(return_key=ada.joined["return_key"])
    assert back.joined["attendee"]["id"] == ada.joined["attendee"]["id"]


def test_the_address_is_found_however_it_is_spelled(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    expect(posting, event)
    ask(event.join(), "  ADA@Example.org ")
    posting.run_errands()
    assert [each["To"] for each in mails.letters] == [
        "ada@example.org"
    ]  # as they registered, not as somebody typed


def test_what_somebody_gave_as_a_guest_goes_with_them(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    registration = expect(posting, event)
    known = come(event, link_of(posting, registration), "phone")
    guest = event.join()
    guest.send(photo_bytes(1), name="A.", story="From the frame")
    posting.run_jobs()
    ada = let_in(posting, mails, guest)
    posting.run_jobs()
    assert ada.joined["attendee"]["id"] == known.joined["attendee"]["id"]
    assert ada.photo()["story"] == "From the frame"
    assert ada.get("/api/people")["people"][0]["name"] == "Ada Lovelace"


def test_a_code_lets_a_second_device_in_beside_the_link(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    link = link_of(posting, expect(posting, event))
    is_here(posting, come(event, link, "laptop"))
    assert refusal_of(event, link, "phone")[1] == "link_elsewhere"
    ada = let_in(posting, mails, event.join(device=DEVICES["phone"]), "phone")
    assert [each["kind"] for each in ada.get("/api/me/doors")["doors"]] == ["mail", "link"]


# ---- who is registered, nobody learns -------------------------------------------------------------------------------


def test_known_and_unknown_addresses_get_the_same_answer_and_leave_the_same_rows(
    posting: Service, mails: PostOffice
) -> None:
    event = posting.open_event()
    expect(posting, event)
    change(posting, expect(posting, event, "gone@example.org"), refunded=True)
    answers = {}
    for address in ("ada@example.org", "gone@example.org", "nobody@example.org"):
        person = event.join()
        answer = ask(person, address)
        posting.run_errands()
        wrong = type_in(person, answer.json["ticket"], "000000x")
        answers[address] = (
            answer.status_code,
            sorted(answer.json),
            len(answer.json["ticket"]),
            answer.json["expires_in"],
            wrong.status_code,
            wrong.json,
        )
    assert len({str(each) for each in answers.values()}) == 1
    assert [each["To"] for each in mails.letters] == ["ada@example.org"]


def test_known_and_unknown_addresses_cost_the_same_work(
    posting: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements in the same order, and the same errand: nothing that a clock could tell apart."""
    monkeypatch.setattr(limiter, "enabled", False)
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    work: dict[str, list[str]] = {}
    database = posting.app.extensions[EXTENSION].database
    said: list[str] = []

    def note(*told: Any) -> None:
        if "INTO counts" not in told[2]:  # written once a second, whoever asks what
            said.append(told[2])

    listen(database.engine, "before_cursor_execute", note)
    for address in ("warm-up@example.org", "ada@example.org", "nobody@example.org"):
        said.clear()
        ticket = ask(guest, address).json["ticket"]
        work[address] = [*said, f"{_errands(posting)} errands wait"]
        posting.run_errands()
        said.clear()
        assert error_of(type_in(guest, ticket, "0"))["code"] == "wrong_code"
        work[address] += said
    assert work["ada@example.org"] == work["nobody@example.org"]
    assert len(work["ada@example.org"]) > 8


def _errands(service: Service) -> int:
    with Redis.from_url(service.settings.redis_url) as redis:
        return int(redis.llen(f"rq:queue:{ERRANDS}"))  # type: ignore[arg-type]


def test_what_is_no_address_is_said_at_once(posting: Service) -> None:
    guest = posting.open_event().join()
    for address in (
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "a b@example.org",
        "x" * 300 + "@example.org",
    ):
        answer = ask(guest, address)
        assert (answer.status_code, error_of(answer)["field"]) == (422, "email"), address


def test_a_header_cannot_be_smuggled_in(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    assert ask(event.join(), "ada@example.org\r\nBcc: all@example.org").status_code == 422
    with pytest.raises(ValueError, match="CR or LF"):
        compose(
            "mosaic@example.org", "a@b.org\nBcc: c@d.org", "code", "en", digits="1", event="x", base_url=""
        )


# ---- brute force ----------------------------------------------------------------------------------------------------


def test_five_guesses_and_the_right_one_comes_too_late(
    posting: Service, mails: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    ticket, digits = mailed(posting, mails, guest)
    wrong = [f"{number:06}" for number in range(40) if f"{number:06}" != digits]
    codes = [error_of(type_in(guest, ticket, each))["code"] for each in wrong]
    assert codes.count("wrong_code") == mailing.MOST_ATTEMPTS
    assert set(codes[mailing.MOST_ATTEMPTS :]) == {"over_code"}
    assert error_of(type_in(guest, ticket, digits))["code"] == "over_code"


def test_many_guesses_at_once_gain_nothing(
    posting: Service, mails: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    ticket, digits = mailed(posting, mails, guest)
    wrong = [f"{number:06}" for number in range(24) if f"{number:06}" != digits]
    codes: list[str] = []

    def guess(each: str) -> None:
        body = {"ticket": ticket, "digits": each}
        headers = {"Authorization": f"Bearer {guest.token}"}
        answer = posting.app.test_client().post("/api/me/mail/code", json=body, headers=headers)
        codes.append(error_of(answer)["code"])

    threads = [threading.Thread(target=guess, args=(each,)) for each in wrong]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count("wrong_code") == mailing.MOST_ATTEMPTS
    assert len(codes) == len(wrong)


def test_in_an_hour_a_script_has_25_guesses_at_one_address(
    posting: Service, mails: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it asks for, from however many networks: 25 in a million."""
    monkeypatch.setattr(limiter, "enabled", False)
    event = posting.open_event()
    expect(posting, event)
    looked_at = refused = 0
    for _ in range(12):
        guest = event.join()
        answer = ask(guest)
        if answer.status_code == 429:
            assert error_of(answer)["code"] == "too_many_codes"
            refused += 1
            continue
        posting.run_errands()
        for number in range(10):
            digits = f"{number:06}"
            if digits != mails.digits():
                code = error_of(type_in(guest, answer.json["ticket"], digits))["code"]
                looked_at += code == "wrong_code"
    assert looked_at == 25
    assert refused == 7
    assert len(mails.letters) == 5


def test_the_limits_of_a_person_and_a_network_hold_too(posting: Service) -> None:
    event = posting.open_event()
    guest = event.join()
    codes = [ask(guest, f"somebody-{number}@example.org").status_code for number in range(12)]
    assert codes.count(200) == 10
    assert codes[-1] == 429


def test_an_event_sends_no_flood_of_mail(posting: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "MOST_IN_EVENT", 3)
    event, other = posting.open_event(), posting.open_event(name="Autumn Summit")
    asked = [ask(event.join(), f"somebody-{number}@example.org").status_code for number in range(4)]
    assert asked == [200, 200, 200, 429]
    assert ask(other.join()).status_code == 200


# ---- once, for ten minutes ------------------------------------------------------------------------------------------


def test_a_code_works_once(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    ticket, digits = mailed(posting, mails, guest)
    assert type_in(guest, ticket, f" {digits[:3]} {digits[3:]} ").status_code == 200  # as people type
    assert error_of(type_in(guest, ticket, digits))["code"] in ("over_code", "join_again")
    assert error_of(type_in(event.join(), ticket, digits))["code"] == "over_code"


def test_a_code_is_over_after_ten_minutes(
    posting: Service, mails: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    ticket, digits = mailed(posting, mails, guest)
    minutes_later(monkeypatch, 10.5)
    assert error_of(type_in(guest, ticket, digits))["code"] == "over_code"
    fresh = ask(guest).json["ticket"]
    posting.run_errands()
    assert type_in(guest, fresh, mails.digits()).status_code == 200


def test_a_code_belongs_to_the_request_and_the_event_that_it_was_asked_for(
    posting: Service, mails: PostOffice
) -> None:
    spring, autumn = posting.open_event(), posting.open_event(name="Autumn Summit")
    for event in (spring, autumn):
        expect(posting, event)
    ticket, digits = mailed(posting, mails, spring.join())
    assert error_of(type_in(autumn.join(), ticket, digits))["code"] == "over_code"
    other = ask(spring.join(), "nobody@example.org").json["ticket"]
    assert error_of(type_in(spring.join(), other, digits))["code"] == "wrong_code"
    assert error_of(type_in(spring.join(), ticket[:-1], digits))["code"] == "over_code"
    assert type_in(spring.join(), ticket, digits).status_code == 200


def test_a_registration_that_is_refunded_meanwhile_lets_nobody_in(
    posting: Service, mails: PostOffice
) -> None:
    event = posting.open_event()
    registration = expect(posting, event)
    guest = event.join()
    ticket, digits = mailed(posting, mails, guest)
    change(posting, registration, refunded=True)
    assert error_of(type_in(guest, ticket, digits))["code"] == "over_code"


def test_no_code_is_kept_in_clear(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    expect(posting, event)
    _, digits = mailed(posting, mails, event.join())
    with posting.shop.database.engine.connect() as connection:
        rows = repr(connection.exec_driver_sql("SELECT * FROM mailed_codes").all())
    assert digits not in rows
    assert "example.org" not in rows


# ---- the mail -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_speaks_the_language_of_whoever_asked(
    posting: Service, mails: PostOffice, language: str
) -> None:
    event = posting.open_event()
    expect(posting, event)
    ask(event.join(), language=language)
    posting.run_errands()
    letter = mails.letters[-1]
    assert letter["Content-Language"] == language
    assert mails.digits() in letter["Subject"]
    assert "Spring Summit" in letter.get_content()
    is_english = "nothing happens then" in letter.get_content()
    assert is_english == (language == "en")


def test_an_event_named_like_a_header_or_a_template_stays_a_name(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event(name="{{ digits }} %(digits)s <b>Subject:</b>")
    expect(posting, event)
    ask(event.join())
    posting.run_errands()
    assert "{{ digits }} %(digits)s <b>Subject:</b>" in mails.letters[-1].get_content()


def test_a_mail_server_that_is_away_is_tried_again_with_another_code(
    posting: Service, mails: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = posting.open_event()
    expect(posting, event)
    guest = event.join()
    mails.says = "451 try later"
    ticket = ask(guest).json["ticket"]
    posting.run_errands()
    assert mails.letters == []
    mails.says = ""
    assert look_around(office(), time.time() + 20) == 1
    posting.run_errands()
    assert len(mails.letters) == 1
    assert look_around(office(), time.time() + 300) == 0
    assert type_in(guest, ticket, mails.digits()).status_code == 200


def test_an_address_that_no_server_takes_is_given_up(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    expect(posting, event)
    mails.says = "550 no such person"
    ask(event.join())
    posting.run_errands()
    assert look_around(office(), time.time() + 300) == 0


def test_a_job_that_runs_twice_sends_one_mail(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    expect(posting, event)
    ask(event.join())
    posting.run_errands()
    with posting.shop.database.read() as session:
        code_id = session.scalars(select(MailedCode.id)).one()
    posting.shop.jobs.mail_code(code_id)
    posting.run_errands()
    assert len(mails.letters) == 1


def test_a_server_that_must_turn_to_tls_and_does_not_gets_no_mail(mails: PostOffice) -> None:
    post = Post(f"smtp://127.0.0.1:{mails.port}", "mosaic@example.org")
    with pytest.raises(PostError):
        post.send("ada@example.org", "code", "en", digits="123456", event="x")
    assert mails.letters == []
    assert "127.0.0.1" not in repr(post)  # the address holds a password


# ---- off ------------------------------------------------------------------------------------------------------------


def test_without_a_mail_server_no_codes_are_offered(service: Service) -> None:
    event = service.open_event()
    expect(service, event)
    guest = event.join()
    assert guest.get("/api/me")["means"]["mail"] is False
    answer = ask(guest)
    assert (answer.status_code, error_of(answer)["code"]) == (404, "no_mail")


def test_codes_are_offered_only_where_people_are_expected(posting: Service) -> None:
    expecting, open_to_all = posting.open_event(), posting.open_event(name="Autumn Summit")
    expect(posting, expecting)
    assert expecting.join().get("/api/me")["means"]["mail"] is True
    assert open_to_all.join().get("/api/me")["means"]["mail"] is False


def test_a_mail_server_needs_an_address_to_write_from() -> None:
    environ = {"MOSAIC_SECRET_KEY": "x" * 32, "MOSAIC_SMTP_URL": "smtps://mail.example.org"}
    with pytest.raises(SettingsError, match="MOSAIC_MAIL_FROM"):
        Settings.from_environ(environ)
    for wrong in ("mail.example.org", "http://mail.example.org", "smtps://", "smtps://mail.example.org:port"):
        with pytest.raises(SettingsError, match="MOSAIC_SMTP_URL"):
            Settings.from_environ(environ | {"MOSAIC_SMTP_URL": wrong, "MOSAIC_MAIL_FROM": "a@b.org"})
    settings = Settings.from_environ(environ | {"MOSAIC_MAIL_FROM": "mosaic@example.org"})
    assert settings.mail_from == "mosaic@example.org"


def test_a_removed_person_types_their_code_in_vain(posting: Service, mails: PostOffice) -> None:
    event = posting.open_event()
    registration = expect(posting, event)
    ada = come(event, link_of(posting, registration))
    guest = event.join()
    ticket, digits = mailed(posting, mails, guest)
    with posting.shop.database.write() as session:
        session.get_one(Attendee, ada.joined["attendee"]["id"]).removed_at = time.time()
    assert type_in(guest, ticket, digits).status_code == 403
