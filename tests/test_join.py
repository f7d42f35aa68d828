"""Getting in: join codes, return keys, host links, tickets; and what a token opens."""

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from plugin.people import admission, refusal, tenants
from tests.factories import Service, error_of
from worker import sweeper

KEY = "the key that acme signs its tickets with"


def ticket(code_: str, *, key: str = KEY, kid: str = "acme", algorithm: str = "HS256", **changes: Any) -> str:
    claims = {
        "aud": "virtual-mosaic",
        "exp": time.time() + 120,
        "jti": "ticket-1",
        "sub": "employee-7",
        "code": code_,
        "name": "Ada Lovelace",
        "email": "ada@acme.example",
        "role": "attendee",
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": algorithm, "kid": kid}
    return jwt.encode(header, claims, OctKey.import_key(key), algorithms=[algorithm])


@pytest.fixture
def acme(service: Service) -> Service:
    from plugin.state.models import Tenant

    with service.shop.database.write() as session:
        session.add(Tenant(platform="web", external_id="acme", name="Acme", ticket_key=KEY))
    return service


def launch(service: Service, text: str) -> Any:
    return service.client.get("/web/launch", query_string={"ticket": text})


def test_a_code_in_small_letters_with_a_dash_lets_a_guest_in(service: Service) -> None:
    event = service.open_event()
    code = f"{event.code[:3].lower()}-{event.code[3:].lower()} "
    answer = service.client.post("/api/join", json={"code": code})
    assert answer.status_code == 200
    assert answer.json["attendee"]["assurance"] == "guest"
    assert answer.json["attendee"]["named"] is False


def test_a_wrong_code_is_told_in_words(service: Service) -> None:
    answer = service.client.post("/api/join", json={"code": "NOSUCH"})
    assert answer.status_code == 404
    assert error_of(answer)["field"] == "code"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"code": 7}', b"{}", b'"code"'])
def test_a_joining_without_a_code_is_never_a_500(service: Service, body: bytes) -> None:
    answer = service.client.post("/api/join", data=body, content_type="application/json")
    assert answer.status_code in (401, 404, 422)
    assert error_of(answer)["message"]


def test_a_return_key_brings_the_same_person_back(service: Service) -> None:
    event = service.open_event()
    ada = event.join()
    again = event.join(return_key=ada.joined["return_key"])
    assert again.joined["attendee"]["id"] == ada.joined["attendee"]["id"]


def test_a_return_key_of_another_event_makes_a_new_guest(service: Service) -> None:
    here, there = service.open_event(), service.open_event()
    ada = here.join()
    visitor = there.join(return_key=ada.joined["return_key"])
    assert visitor.joined["attendee"]["id"] != ada.joined["attendee"]["id"]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "WzEsMSwicGFuZWwiXQ.aaaa.bbbb"])
def test_a_forged_token_is_a_401(service: Service, token: str) -> None:
    answer = service.client.get("/api/wall", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "join_again"


def test_a_token_is_stale_after_an_hour(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = service.open_event().join()
    assert ada.call("GET", "/api/me").status_code == 200
    monkeypatch.setattr("plugin.web.request.tokens.PANEL_SECONDS", -1)
    assert ada.call("GET", "/api/me").status_code == 401


def test_one_kind_of_signed_text_is_not_taken_for_another(service: Service) -> None:
    event = service.open_event()
    ada = event.join()
    answer = service.client.get("/api/me", headers={"Authorization": f"Bearer {ada.joined['return_key']}"})
    assert answer.status_code == 401
    assert event.join(return_key=ada.token).joined["attendee"]["id"] != ada.joined["attendee"]["id"]


def test_the_host_link_opens_the_desk_and_nothing_else_does(service: Service) -> None:
    event, other = service.open_event(), service.open_event()
    assert event.host().get("/api/host")["event"]["code"] == event.code
    wrong = service.client.post("/api/join", json={"code": event.code, "host_key": other.host_key})
    assert wrong.status_code == 403
    assert event.join().call("GET", "/api/host").status_code == 403


def test_a_ticket_gives_a_proved_identity_with_a_name_and_a_clean_address(acme: Service) -> None:
    event = acme.open_event()
    answer = launch(acme, ticket(event.code))
    assert answer.status_code == 303
    address, _, handover = answer.headers["Location"].partition("#launch=")
    assert address == f"/e/{event.code}"
    ada = event.join(launch=handover)
    assert ada.joined["attendee"]["assurance"] == "proved"
    assert ada.joined["attendee"]["name"] == "Ada Lovelace"


def test_the_same_person_with_a_second_ticket_is_the_same_attendee(acme: Service) -> None:
    event = acme.open_event()
    ids = set()
    for number in (1, 2):
        answer = launch(acme, ticket(event.code, jti=f"ticket-{number}"))
        handover = answer.headers["Location"].partition("#launch=")[2]
        ids.add(event.join(launch=handover).joined["attendee"]["id"])
    assert len(ids) == 1


def test_a_ticket_works_once(acme: Service) -> None:
    event = acme.open_event()
    text = ticket(event.code)
    assert launch(acme, text).status_code == 303
    again = launch(acme, text)
    assert again.status_code == 401
    assert "used already" in again.text


def test_a_used_ticket_is_remembered_until_it_would_have_expired(acme: Service) -> None:
    event = acme.open_event()
    launch(acme, ticket(event.code))
    sweeper.tidy(acme.shop, time.time())
    assert launch(acme, ticket(event.code)).status_code == 401
    sweeper.tidy(acme.shop, time.time() + 3600)
    with acme.shop.database.read() as session:
        assert session.query(admission.UsedTicket).count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "the key that globex signs its tickets with"},
        {"kid": "globex"},
        {"kid": "../acme"},
        {"algorithm": "HS384"},
        {"aud": "another-product"},
        {"aud": None},
        {"exp": time.time() - 600},
        {"exp": time.time() + 86_400},
        {"exp": None},
        {"exp": True},
        {"exp": "soon"},
        {"jti": None},
        {"jti": ""},
        {"sub": None},
        {"code": None},
        {"role": "owner"},
        {"name": "x" * 81},
        {"name": 7},
    ],
)
def test_a_ticket_with_a_fault_is_refused_with_one_and_the_same_answer(
    acme: Service, changes: dict[str, Any]
) -> None:
    event = acme.open_event(work=False)
    answer = launch(acme, ticket(event.code, **changes))
    assert answer.status_code == 401
    assert "not valid any more" in answer.text


def test_every_flipped_or_missing_byte_of_a_ticket_is_refused(acme: Service) -> None:
    event = acme.open_event(work=False)
    text = ticket(event.code)
    # The last character of a base64url segment may carry bits that mean nothing.
    places = [place for place in range(0, len(text), 3) if text[place : place + 2].count(".") == 0]
    for place in places[:-2]:
        flipped = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        for bad in (flipped, text[:place]):
            answer = launch(acme, bad)
            assert answer.status_code in (401, 429)


def test_an_unsigned_ticket_is_refused(acme: Service) -> None:
    import base64
    import json

    event = acme.open_event(work=False)
    parts = [
        {"alg": "none", "kid": "acme"},
        {"aud": "virtual-mosaic", "code": event.code, "sub": "x", "jti": "y"},
    ]
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    assert launch(acme, f"{text}.").status_code == 401
    assert launch(acme, "x" * 5000).status_code == 401


def test_a_tenant_gets_a_key_once(service: Service) -> None:
    key = tenants.add_tenant(service.shop.database, "globex", "Globex")
    assert tenants.tenant_keys(service.shop.database, "web", "globex") == [key]
    with pytest.raises(refusal.Refusal):
        tenants.add_tenant(service.shop.database, "globex", "Globex again")


def test_a_tenants_key_is_unreadable_in_a_copy_of_the_database(service: Service) -> None:
    key = tenants.add_tenant(service.shop.database, "globex", "Globex")
    stored = b"".join(path.read_bytes() for path in service.settings.data_folder.glob("mosaic.sqlite3*"))
    assert key.encode() not in stored


def test_a_rotated_secret_still_reads_what_the_old_one_wrote(service: Service) -> None:
    from dataclasses import replace

    from plugin.state.db import Database

    key = tenants.add_tenant(service.shop.database, "globex", "Globex")
    rotated = Database(replace(service.settings, secret_keys=("n" * 40, *service.settings.secret_keys)))
    assert tenants.tenant_keys(rotated, "web", "globex") == [key]
    rotated.dispose()
