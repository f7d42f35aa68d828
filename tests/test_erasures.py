"""The register of who was erased: every way to be erased is in it, and a database that is restored obeys it."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from plugin.operate.keeping.backing_up import copy_file
from plugin.safety import forgetting, retention
from plugin.safety.replaying import replay
from plugin.state import erasures
from plugin.state.base import Base
from plugin.state.db import Database
from plugin.state.erasures import Entry, Erased, Register
from plugin.state.keys import ERASURES, UPLOADS, photo_folder, wall_folder
from plugin.state.models import Attendee, Event, Photo, PhotoState, Wall
from plugin.state.platform_models import Installation
from plugin.state.queue import PREPARE
from plugin.state.registrations import Registration
from tests.factories import Person, Service, photo_bytes, work_off
from tests.hopin_cast import HopinService
from tests.test_zoom_oauth import consented
from tests.zoom_cast import ZoomService


def register(service: Service) -> Register:
    with service.shop.database.read() as session:
        return erasures.known(session)


def noted(service: Service) -> list[tuple[Erased, str]]:
    entries = sorted(register(service).entries.values(), key=lambda each: each.erased_at)
    return [(each.kind, each.ref) for each in entries]


def id_of(person: Person) -> int:
    return int(person.joined["attendee"]["id"])


def rows(service: Service) -> list[Photo]:
    with service.shop.database.read() as session:
        return list(session.scalars(select(Photo).order_by(Photo.id)))


def wall_of(service: Service) -> Wall:
    with service.shop.database.read() as session:
        return session.scalars(select(Wall)).one()


def erased_in(service: Service, entries: list[Entry]) -> dict[Erased, int]:
    return dict(replay(service.shop.database, service.shop.storage, entries))


def about(wall: Wall, kind: Erased, ref: object, became: str = "") -> Entry:
    key = f"{kind}{ref}".ljust(32, "0")
    return Entry(key, kind, erasures.wall_digest(wall.media_key), str(ref), became, 1.0)


# ---- what is noted ----------------------------------------------------------------------------------------


def test_whoever_erases_themselves_is_noted_with_their_photo_and_nothing_of_them(service: Service) -> None:
    _, [ada, _] = service.wall_with(2)
    photo = ada.photo()
    ada.call("DELETE", "/api/me")
    assert set(noted(service)) == {(Erased.PERSON, str(id_of(ada))), (Erased.PHOTO, str(photo["id"]))}
    written = erasures.lines(register(service))
    assert photo["key"].encode() not in written
    assert wall_of(service).media_key.encode() not in written


def test_a_photo_that_is_taken_back_or_replaced_is_noted(service: Service) -> None:
    _, [ada, ben] = service.wall_with(2)
    taken, replaced = ada.photo()["id"], ben.photo()["id"]
    ada.call("DELETE", f"/api/photos/{taken}")
    ben.send(photo_bytes(77))
    service.run_jobs()
    assert noted(service) == [(Erased.PHOTO, str(taken)), (Erased.PHOTO, str(replaced))]


def test_whom_the_host_has_erased_is_noted(service: Service) -> None:
    event, [ada, _] = service.wall_with(2)
    event.host().call("POST", "/api/host/purge", json={"photo": ada.photo()["id"]})
    assert (Erased.PERSON, str(id_of(ada))) in noted(service)


def test_an_event_that_had_its_time_takes_the_place_of_all_that_was_noted_in_it(service: Service) -> None:
    _, [ada, _] = service.wall_with(2)
    ada.call("DELETE", "/api/me")
    assert retention.purge(service.shop.database, service.shop.storage, before=4e9) == 1
    assert noted(service) == [(Erased.EVENT, "1")]


# ---- where it is kept -------------------------------------------------------------------------------------


def test_what_is_noted_comes_into_the_storage_and_many_parts_become_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, people = service.wall_with(3)
    database, storage = service.shop.database, service.shop.storage
    for person in people:
        person.call("DELETE", f"/api/photos/{person.photo()['id']}")
        assert erasures.keep(database, storage, time.time()) == 1
    assert erasures.keep(database, storage, time.time()) == 0
    assert len(storage.names(ERASURES)) == 3
    monkeypatch.setattr(erasures, "MOST_OBJECTS", 2)
    before = time.time()
    erasures.tidy(database, storage, time.time())
    assert len(storage.names(ERASURES)) == 2  # the register, and until when it is whole
    kept = erasures.stored(storage)
    assert kept.entries == register(service).entries
    assert kept.until >= before


@pytest.mark.parametrize("text", ["[]", "{}", '{"key": 1}', "nonsense", '{"kind": "cake"}', "\xff", "null"])
def test_a_file_that_is_no_register_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        erasures.read_lines(text.encode("latin-1"))


# ---- what a restored database does with it ----------------------------------------------------------------


def test_whoever_was_erased_is_gone_before_any_job_runs(service: Service) -> None:
    _, [ada, ben] = service.wall_with(2)
    wall, [first, second] = wall_of(service), rows(service)
    assert erased_in(service, [about(wall, Erased.PERSON, id_of(ada))]) == {Erased.PERSON: 1}
    storage = service.shop.storage
    assert storage.names(photo_folder(first.key)) == {}
    assert storage.names(photo_folder(second.key))
    assert all(name.startswith("target") for name in storage.names(wall_folder(wall.media_key)))
    assert rows(service)[0].state is PhotoState.WITHDRAWN
    with service.shop.database.read() as session:
        assert session.get_one(Attendee, id_of(ada)).name == ""

    service.shop.walls.clear()
    service.shop.jobs.place(wall.id)  # as the sweeper does
    service.run_jobs()
    drawn = service.client.get(f"/e/{ben.joined['event']['code']}")
    assert drawn.status_code == 200
    overview = ben.get("/api/wall")["overview"]["url"]
    assert service.client.get(overview).status_code == 200
    assert [each.id for each in rows(service)] == [second.id]
    for level in ben.get("/api/wall")["levels"]:
        assert all(level["tiles"])


def test_photos_events_and_whoever_became_somebody_erased_are_gone_too(service: Service) -> None:
    _, [ada, ben, cleo] = service.wall_with(3)
    wall = wall_of(service)
    entries = [
        about(wall, Erased.PHOTO, ben.photo()["id"]),
        about(wall, Erased.UNITED, id_of(ada), str(id_of(cleo))),
        about(wall, Erased.PERSON, id_of(cleo)),
    ]
    assert erased_in(service, entries) == {Erased.PERSON: 2, Erased.PHOTO: 1}
    assert {each.state for each in rows(service)} == {PhotoState.WITHDRAWN}
    assert erased_in(service, entries) == {}, "it knows of them now"
    assert erased_in(service, [about(wall, Erased.EVENT, 1)]) == {Erased.EVENT: 1}
    assert rows(service) == []


def test_the_register_of_another_service_erases_nobody(service: Service) -> None:
    service.wall_with(2)
    other = Wall(media_key="f" * 32)
    entries = [about(other, kind, 1) for kind in (Erased.PERSON, Erased.PHOTO, Erased.EVENT)]
    assert erased_in(service, entries) == {}
    assert {each.state for each in rows(service)} == {PhotoState.PLACED}


def test_an_upload_that_a_backup_missed_is_made_anew_from_the_clean_photo(service: Service) -> None:
    ada = service.open_event().join()
    ada.send(photo_bytes(1))
    work_off(service.settings.redis_url, PREPARE)
    with service.shop.database.write() as session:
        photo = session.scalars(select(Photo)).one()
        assert photo.state is PhotoState.PREPARED
        photo.state = PhotoState.RECEIVED
    assert service.shop.storage.names(UPLOADS) == {}
    service.shop.jobs.prepare(photo.id)
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_forgetting_without_jobs_says_what_is_left_to_do(service: Service) -> None:
    _, [ada, ben] = service.wall_with(2)
    ben.send(photo_bytes(5))
    database, storage = service.shop.database, service.shop.storage
    assert forgetting.forget_rows(database, storage, id_of(ada)).walls == {1}
    assert forgetting.forget_rows(database, storage, 999) == forgetting.Left()


# ---- what platforms gave us ----------------------------------------------------------------------------------------


def old_copy(service: Service, folder: Path, act: Callable[[], object]) -> tuple[Database, dict[Erased, int]]:
    """The database as it was before `act`, in which that was done anew; and what was found there."""
    copy_file(service.settings.data_folder / "mosaic.sqlite3", folder / "mosaic.sqlite3")
    act()
    database = Database(replace(service.settings, data_folder=folder))
    return database, dict(replay(database, service.shop.storage, register(service).entries.values()))


def count(database: Database, table: type[Base]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.sqlite
@pytest.mark.parametrize("way", ["one wall", "everything"])
def test_registrations_that_an_organizer_had_forgotten_stay_so(
    in_hopin: HopinService, tmp_path_factory: pytest.TempPathFactory, way: str
) -> None:
    in_hopin.hopin.register("ada@acme.example")
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.read()
    path = f"/walls/{in_hopin.source().id}" if way == "one wall" else ""
    old, found = old_copy(
        in_hopin, tmp_path_factory.mktemp("old"), lambda: organizer.call("DELETE", path).get_json()
    )
    assert found == {Erased.SOURCE: 1} | ({} if way == "one wall" else {Erased.CONSENTS: 1})
    assert count(old, Registration) == 0
    assert count(old, Installation) == (1 if way == "one wall" else 0)
    assert count(old, Event) == 1
    old.dispose()


@pytest.mark.sqlite
def test_tokens_that_somebody_gave_up_are_gone_with_them(
    in_zoom: ZoomService, tmp_path_factory: pytest.TempPathFactory
) -> None:
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert consented(in_zoom, ada).status_code == 200
    old, found = old_copy(in_zoom, tmp_path_factory.mktemp("old"), lambda: ada.call("DELETE", "/api/me"))
    assert found == {Erased.PERSON: 1, Erased.CONSENTS: 1}
    assert count(old, Installation) == 0
    old.dispose()
