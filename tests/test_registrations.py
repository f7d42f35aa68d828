"""Whom an event platform told us to expect: found by a keyed digest of their address, and by nothing else."""

import time
from typing import Any

import pytest

from plugin.people.codes import email_digest, email_digests
from plugin.platforms.registrations import registered
from plugin.state.registrations import Registration, Source
from tests.factories import Service

SECRET = "the secret of this server"


def source(service: Service, event_id: int, external_id: str = "gathering") -> int:
    with service.shop.database.write() as session:
        row = Source(event_id=event_id, platform="hopin", tenant="acme", external_id=external_id)
        session.add(row)
        session.flush()
        return row.id


def expect(service: Service, source_id: int, address: str, **more: Any) -> int:
    with service.shop.database.write() as session:
        row = Registration(
            source_id=source_id,
            external_id=f"of {address} {time.time_ns()}",
            email_digest=email_digest(SECRET, address),
            email=address,
            **more,
        )
        session.add(row)
        session.flush()
        return row.id


def found(service: Service, event_id: int, address: str, *secrets: str) -> int | None:
    with service.shop.database.read() as session:
        row = registered(session, event_id, *email_digests(secrets or (SECRET,), address))
        return row.id if row is not None else None


def event_ids(service: Service) -> tuple[int, int]:
    from plugin.state.models import Event

    service.open_event(work=False)
    service.open_event(work=False, name="Another")
    with service.shop.database.read() as session:
        one, other = session.query(Event.id).order_by(Event.id)
    return one[0], other[0]


@pytest.mark.parametrize(
    "typed", ["ada@acme.example", "Ada@ACME.example", "  ada@acme.example ", "ADA@acme.EXAMPLE\n"]
)
def test_an_address_is_found_however_it_is_typed(service: Service, typed: str) -> None:
    event_id, _ = event_ids(service)
    ada = expect(service, source(service, event_id), "ada@acme.example")
    assert found(service, event_id, typed) == ada


def test_accents_put_together_or_not_are_one_address() -> None:
    assert email_digest(SECRET, "zo\u00eb@acme.example") == email_digest(SECRET, "zoe\u0308@acme.example")
    assert email_digest(SECRET, "\u00c9mile@x.example") == email_digest(SECRET, "e\u0301mile@x.example")
    assert email_digest(SECRET, "stra\u00dfe@x.example") == email_digest(SECRET, "STRASSE@x.example")


def test_a_digest_is_worth_nothing_without_the_secret() -> None:
    assert email_digest(SECRET, "ada@acme.example") != email_digest("another", "ada@acme.example")
    assert len(email_digest(SECRET, "")) == 32


def test_while_the_secret_is_rotated_what_was_kept_under_the_old_one_is_found(service: Service) -> None:
    event_id, _ = event_ids(service)
    ada = expect(service, source(service, event_id), "ada@acme.example")
    assert found(service, event_id, "ada@acme.example", "a new secret", SECRET) == ada
    assert found(service, event_id, "ada@acme.example", "a new secret") is None


def test_whoever_was_refunded_or_registered_elsewhere_is_not_expected(service: Service) -> None:
    event_id, other_id = event_ids(service)
    here, there = source(service, event_id), source(service, other_id)
    expect(service, here, "ben@acme.example", refunded=True)
    cleo = expect(service, there, "cleo@acme.example")
    assert found(service, event_id, "ben@acme.example") is None
    assert found(service, event_id, "cleo@acme.example") is None
    assert found(service, other_id, "cleo@acme.example") == cleo


def test_of_several_registrations_one_that_counts_is_enough(service: Service) -> None:
    event_id, _ = event_ids(service)
    first, second = source(service, event_id), source(service, event_id, "the second day")
    expect(service, first, "ada@acme.example", refunded=True)
    ada = expect(service, second, "ada@acme.example")
    assert found(service, event_id, "ada@acme.example") == ada
