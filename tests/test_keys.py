"""Secret keys over the years: what each has sealed is told, sealed anew with the newest, and a lost one is given up."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import InvalidToken
from sqlalchemy import LargeBinary, select, type_coerce, update

from plugin.cli import main
from plugin.operate import checks, keys
from plugin.operate.supervisor import StartError
from plugin.people.codes import email_digest
from plugin.people.tenants import add_tenant, tenant_keys
from plugin.settings import Settings
from plugin.state import sealing
from plugin.state.db import Database
from plugin.state.fingerprints import fingerprint
from plugin.state.models import Event, Tenant
from plugin.state.platform_models import Installation
from plugin.state.registrations import Registration, Source

OLD, NEW, LOST = "o" * 32, "n" * 32, "l" * 32


@pytest.fixture
def at(tmp_path: Path, database: dict[str, str]) -> dict[str, str]:
    return {"MOSAIC_DATA": str(tmp_path), **database}


def machine(at: dict[str, str], *secret_keys: str) -> Settings:
    return Settings.from_environ(at | {"MOSAIC_SECRET_KEY": " ".join(secret_keys)})


def mosaic(at: dict[str, str], secret_keys: str, *words: str) -> Result:
    before = os.umask(0o077)
    try:
        return CliRunner().invoke(main, ["keys", *words], env=at | {"MOSAIC_SECRET_KEY": secret_keys})
    finally:
        os.umask(before)


def seal_some(settings: Settings, number: int = 1) -> list[str]:
    """Keys of signed links, an installation, and somebody who is registered; what the links' keys are."""
    checks.recognise_keys(settings)
    database = Database(settings)
    made = [add_tenant(database, f"acme{each}", "Acme") for each in range(number)]
    with database.write() as session:
        session.add(
            Installation(
                platform="fair",
                tenant="acme",
                user_id="ada",
                client_id="c",
                access_token="at",
                refresh_token="rt",
                expires_at=0.0,
            )
        )
        event = Event(code="BCDFGH", name="Spring Summit", prompt="mug", host_key_digest=b"h")
        session.add(event)
        session.flush()
        source = Source(
            event_id=event.id, platform="fair", tenant="acme", external_id="e1", name="Spring Summit"
        )
        session.add(source)
        session.flush()
        digest = email_digest(settings.secret_keys[0], "ada@example.org")
        session.add(
            Registration(source_id=source.id, external_id="r1", email="ada@example.org", email_digest=digest)
        )
    database.dispose()
    return made


def opened(settings: Settings, column: Any) -> list[Any]:
    database = Database(settings)
    try:
        with database.read() as session:
            return list(session.scalars(select(column)))
    finally:
        database.dispose()


def test_what_an_older_key_has_sealed_is_sealed_with_the_newest_so_that_it_may_go(at: dict[str, str]) -> None:
    (link_key,) = seal_some(machine(at, OLD))
    both = f"{NEW} {OLD}"
    checks.recognise_keys(machine(at, NEW, OLD))
    listed = mosaic(at, both).output
    assert re.search(rf"{fingerprint(OLD).hex()[:16]}  \S+  older     [1-9]", listed)
    assert re.search(rf"{fingerprint(NEW).hex()[:16]}  \S+  newest    0", listed)

    done = mosaic(at, both, "reseal")
    assert done.exit_code == 0, done.output
    assert "Addresses that are found by it from now on: 1." in done.output
    assert "Nothing needs an older key any more" in done.output
    alone = machine(at, NEW)
    assert opened(alone, Registration.email) == ["ada@example.org"]
    assert opened(alone, Registration.email_digest) == [email_digest(NEW, "ada@example.org")]
    database = Database(alone)
    assert tenant_keys(database, "web", "acme0") == [link_key]
    database.dispose()
    with pytest.raises(InvalidToken):
        opened(machine(at, OLD), Registration.email)
    assert mosaic(at, both, "reseal").output.startswith("Texts sealed anew with the newest key: 0.")


def test_resealing_goes_on_where_it_was_interrupted(
    at: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 2)
    made = seal_some(machine(at, OLD), 5)
    database = Database(machine(at, NEW, OLD))
    write, batches = sealing._write, []

    def write_once(database: Database, place: sealing.Place, changes: Any) -> None:
        if place.table.name == "tenants":
            if batches:
                raise KeyboardInterrupt
            batches.append(changes)
        write(database, place, changes)

    monkeypatch.setattr(sealing, "_write", write_once)
    with pytest.raises(KeyboardInterrupt):
        sealing.reseal(database, (NEW, OLD))
    monkeypatch.setattr(sealing, "_write", write)
    counts = sealing.count(database, (NEW, OLD))["tenants"]
    assert counts[0] == 2
    assert counts[1] == len(made) - 2
    sealing.reseal(database, (NEW, OLD))
    assert sealing.count(database, (NEW, OLD))["tenants"] == {0: len(made)}
    database.dispose()


def test_what_somebody_wrote_meanwhile_is_not_overwritten(at: dict[str, str]) -> None:
    seal_some(machine(at, OLD))
    database = Database(machine(at, NEW, OLD))
    (place,) = [each for each in sealing.places() if each.table.name == "tenants"]
    ((row,),) = sealing._batches(database, place)
    change = sealing._Change(row[0], place.columns[0], row[1], b"of before")
    with database.write() as session:
        session.execute(update(Tenant).values(ticket_key="newer"))
    sealing._write(database, place, [change])
    with database.read() as session:
        assert session.scalars(select(Tenant.ticket_key)).all() == ["newer"]
    database.dispose()


def test_a_lost_key_is_given_up_by_hand_and_the_next_start_goes_through(at: dict[str, str]) -> None:
    seal_some(machine(at, LOST))
    with pytest.raises(StartError, match="If that key is lost: mosaic keys"):
        checks.recognise_keys(machine(at, NEW))
    name = fingerprint(LOST).hex()[:16]
    assert f"{name}  " in mosaic(at, NEW).output

    asked = mosaic(at, NEW, "forget", name)
    assert asked.exit_code == 1
    for words in ("2 tokens of connected apps", "1 keys of signed links", "registrations", "--yes"):
        assert words in asked.output
    with pytest.raises(StartError):
        checks.recognise_keys(machine(at, NEW))

    done = mosaic(at, NEW, "forget", name, "--yes")
    assert done.exit_code == 0, done.output
    checks.recognise_keys(machine(at, NEW))
    assert "mosaic keys reseal --empty" in done.output
    with pytest.raises(InvalidToken):
        opened(machine(at, NEW), Installation.access_token)

    assert "--empty would make them empty" in mosaic(at, NEW, "reseal").output
    assert "They are empty now" in mosaic(at, NEW, "reseal", "--empty").output
    assert opened(machine(at, NEW), Installation.access_token) == [""]
    assert opened(machine(at, NEW), Tenant.ticket_key) == [None]
    assert "No key of this machine" not in mosaic(at, NEW).output


def test_a_key_that_is_in_use_or_unknown_is_not_forgotten(at: dict[str, str]) -> None:
    seal_some(machine(at, OLD))
    assert "This machine has the key" in mosaic(at, OLD, "forget", fingerprint(OLD).hex(), "--yes").output
    for typed in ("", "0" * 16, fingerprint(OLD).hex()[:3]):
        refused = mosaic(at, NEW, "forget", typed, "--yes")
        assert refused.exit_code == 1
        assert "The database knows no key" in refused.output


def test_every_table_with_something_sealed_has_a_name_for_people() -> None:
    assert {each.table.name for each in sealing.places()} == set(keys.CALLED)


def test_no_key_and_no_text_is_told(at: dict[str, str]) -> None:
    (link_key,) = seal_some(machine(at, OLD))
    told = mosaic(at, f"{NEW} {OLD}").output + mosaic(at, NEW, "forget", fingerprint(OLD).hex()).output
    for secret in (OLD, NEW, link_key, "ada@example.org", fingerprint(OLD).hex()):
        assert secret not in told
    database = Database(machine(at, OLD))
    with database.read() as session:
        (sealed,) = session.scalars(select(type_coerce(Registration.email, LargeBinary)))
    assert sealed not in told.encode()
    database.dispose()
