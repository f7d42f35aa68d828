"""Getting in: join codes, return keys, host links, tickets; and what a token opens."""

import time
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from joserfc import jwt
from joserfc.jwk import OctKey

from plugin.people import admission, refusal, tenants
from plugin.state.models import Attendee
from plugin.web.request.tokens import Pass, Tokens
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


@pytest.mark.parametrize(("seconds", "good"), [(3600, True), (3601, False)])
def test_a_panel_token_lasts_an_hour(monkeypatch: pytest.MonkeyPatch, seconds: int, good: bool) -> None:
    signed = Tokens(("a secret",))
    token = signed.panel(Pass(1, 2, "panel"))
    later(monkeypatch, seconds)
    assert signed.read_panel(token) == (Pass(1, 2, "panel") if good else None)


@pytest.mark.parametrize(("seconds", "good"), [(60, True), (61, False)])
def test_a_hand_over_lasts_a_minute(monkeypatch: pytest.MonkeyPatch, seconds: int, good: bool) -> None:
    signed = Tokens(("a secret",))
    token, key = signed.handover(7), signed.return_key(7)
    later(monkeypatch, seconds)
    assert signed.read_handover(token) == ((7, 0) if good else (0, 0))
    assert signed.read_return_key(key) == (7, 0)


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    now = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _signer: now + seconds)


@pytest.mark.parametrize("door", [0, 3])
def test_what_is_signed_keeps_the_person_and_the_door(monkeypatch: pytest.MonkeyPatch, door: int) -> None:
    signed = Tokens(("a secret",))
    assert signed.read_panel(signed.panel(Pass(1, 2, "panel", door))) == Pass(1, 2, "panel", door)
    assert signed.read_return_key(signed.return_key(7, door)) == (7, door)
    assert signed.read_handover(signed.handover(7, door)) == (7, door)
    assert signed.read_personal_link(signed.personal_link(5, 2)) == (5, 2)
    first, second = (signed.read_pairing(signed.pairing(7, door), 60) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.attendee_id, first.door_id, first.is_fresh) == (7, door, True)
    assert first.nonce != second.nonce
    late = signed.pairing(7, door)
    later(monkeypatch, 61)
    found = signed.read_pairing(late, 60)
    assert found is not None
    assert (found.attendee_id, found.door_id, found.is_fresh) == (7, door, False)


def test_a_link_of_the_same_person_is_the_same_and_one_of_a_secret_before_is_read() -> None:
    old, new = Tokens(("before",)), Tokens(("now", "before"))
    assert new.personal_link(5, 2) == new.personal_link(5, 2)
    assert new.read_personal_link(old.personal_link(5, 2)) == (5, 2)
    assert old.read_personal_link(new.personal_link(5, 2)) is None
    assert new.read_personal_link("nonsense") is None


def test_of_what_is_sealed_no_two_are_alike_and_only_the_facts_come_back() -> None:
    signed = Tokens(("a secret",))
    one, other = (signed.seal("start", {"who": "Ada"}) for _ in range(2))
    assert one != other
    assert signed.unseal("start", one, 60) == {"who": "Ada"}
    assert signed.unseal("hand-over", one, 60) is None


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
    with acme.shop.database.read() as session:
        assert session.get_one(Attendee, ada.joined["attendee"]["id"]).email == "ada@acme.example"


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


def test_a_ticket_that_is_shown_again_locks_nobody_out(acme: Service) -> None:
    event = acme.open_event()
    text = ticket(event.code)
    assert launch(acme, text).status_code == 303
    for _ in range(150):
        assert launch(acme, text).status_code == 401
    assert launch(acme, ticket(event.code, jti="another")).status_code == 303


def test_a_used_ticket_is_remembered_until_it_would_have_expired(acme: Service) -> None:
    event = acme.open_event()
    launch(acme, ticket(event.code))
    sweeper.tidy(acme.shop, time.time())
    assert launch(acme, ticket(event.code)).status_code == 401
    sweeper.tidy(acme.shop, time.time() + 3600)
    with acme.shop.database.read() as session:
        assert session.query(admission.UsedTicket).count() == 0


def test_a_removed_person_does_not_come_back_by_a_ticket(acme: Service) -> None:
    event = acme.open_event(work=False)
    handover = launch(acme, ticket(event.code)).headers["Location"].partition("#launch=")[2]
    ada = event.join(launch=handover)
    with acme.shop.database.write() as session:
        session.get_one(Attendee, ada.joined["attendee"]["id"]).removed_at = time.time()
    assert launch(acme, ticket(event.code, jti="again")).status_code == 403
    assert ada.call("GET", "/api/me").status_code == 403


def test_the_same_number_at_two_tenants_is_two_people(acme: Service) -> None:
    event = acme.open_event(work=False)
    key = tenants.add_tenant(acme.shop.database, "globex", "Globex")
    for kid, signing in (("acme", KEY), ("globex", key)):
        assert launch(acme, ticket(event.code, kid=kid, key=signing)).status_code == 303
    with acme.shop.database.read() as session:
        assert {(each.tenant, each.user_id) for each in session.query(Attendee)} == {
            ("acme", "employee-7"),
            ("globex", "employee-7"),
        }


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
    with pytest.raises(refusal.Refusal) as refused:
        tenants.add_tenant(service.shop.database, "globex", "Globex again")
    assert (refused.value.status, refused.value.code) == (409, "tenant_exists")
    assert tenants.tenant_keys(service.shop.database, "web", "globex") == [key]


def test_a_tenant_that_there_is_not_is_let_in_nowhere(service: Service) -> None:
    event = service.open_event(work=False)
    tenants.add_tenant(service.shop.database, "globex", "Globex")
    for tenant, code, why in (
        ("acme", event.code, "unknown_tenant"),
        ("globex", "NOSUCH", "unknown_code"),
    ):
        with pytest.raises(refusal.Refusal) as refused:
            tenants.let_in(service.shop.database, "web", tenant, code)
        assert (refused.value.status, refused.value.code) == (404, why)


@pytest.mark.parametrize(
    ("wishes", "code", "field"),
    [
        ({"nose": "red", "ears": 2}, "unknown_field", "ears"),
        ({"reachability": "everywhere"}, "unknown_choice", "reachability"),
        ({"on_stage": "yes"}, "unknown_choice", "on_stage"),
        ({"keepsake": 1}, "unknown_choice", "keepsake"),
        ({"name": "see example.com"}, "link", "name"),
        ({"name": " "}, "empty", "name"),
    ],
)
def test_what_cannot_be_changed_about_oneself_is_told_with_its_field(
    service: Service, wishes: dict[str, Any], code: str, field: str
) -> None:
    ada = service.open_event(work=False).join()
    before = ada.get("/api/me")["attendee"]
    answer = ada.call("PATCH", "/api/me", json=wishes)
    assert answer.status_code == 422
    assert (error_of(answer)["code"], error_of(answer)["field"]) == (code, field)
    assert ada.get("/api/me")["attendee"] == before


def test_contact_and_title_may_be_links_and_a_name_may_sound_rude(service: Service) -> None:
    ada = service.open_event(work=False).join()
    wishes = {"contact": "https://example.org/ada", "title": "Baker at example.org", "name": "Dick Bastard"}
    changed = ada.call("PATCH", "/api/me", json=wishes)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json.get(name) for name in ("name", "title")} == {
        name: wishes[name] for name in ("name", "title")
    }
    assert admission.name_from("Dick Bastard") == "Dick Bastard"
    with service.shop.database.read() as session:
        assert session.get_one(Attendee, ada.joined["attendee"]["id"]).contact == wishes["contact"]


@pytest.mark.sqlite
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
