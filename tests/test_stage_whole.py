"""The stage is whole whoever is on it: in the cells of others it shows stand-ins, in data and picture."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from plugin.state.models import Change, Wall
from tests.factories import Event, Person, Service, photo_bytes
from tests.test_watching import numbers
from worker.placement.rules import Board, Grid, describe_target, place
from worker.placement.stand_ins import stand_ins

MAGENTA = (255, 0, 255)


def magenta() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (320, 240), MAGENTA).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def now(service: Service, event: Event) -> dict[str, Any]:
    service.app.extensions["mosaic"].snapshots._kept.clear()
    found: dict[str, Any] = event.stage().get("/api/wall")
    return found


def picture(service: Service, address: str) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(service.client.get(address).data)).convert("RGB")).astype(int)


def magenta_cells(pixels: np.ndarray[Any, Any], columns: int = 40, rows: int = 25) -> int:
    """How many cells are that colour nearly everywhere."""
    matches = abs(pixels - MAGENTA).max(axis=-1) < 60
    height, width = matches.shape
    cells = matches.reshape(rows, height // rows, columns, width // columns)
    return int((cells.mean(axis=(1, 3)) > 0.8).sum())


@pytest.fixture
def gathering(service: Service) -> tuple[Event, list[Person]]:
    """Eight people on a wall; the first one's photo is like nobody else's."""
    event = service.open_event()
    people = [event.join() for _ in range(8)]
    for number, person in enumerate(people):
        person.send(photo_bytes(number) if number else magenta(), name=f"Person {number}")
    service.run_jobs()
    return event, people


def test_the_stage_is_whole_without_those_who_said_no(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    event, people = gathering
    assert magenta_cells(picture(service, now(service, event)["overview"]["url"])) > 0
    own = [each.photo()["id"] for each in people]
    for person in people[:3]:
        person.call("PATCH", "/api/me", json={"stage": "no"})
    service.run_jobs()
    snapshot = now(service, event)
    assert set(numbers(snapshot["grid"]["cells"])) == set(own[3:])  # no cell is empty, none shows the three
    assert magenta_cells(picture(service, snapshot["overview"]["url"])) == 0
    assert len(set(numbers(people[5].get("/api/wall")["grid"]["cells"]))) == 8


def test_a_stage_that_follows_the_changes_has_what_one_has_that_comes_later(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    event, people = gathering
    before = now(service, event)
    cells = np.array(numbers(before["grid"]["cells"]))
    for act in (
        lambda: people[0].call("PATCH", "/api/me", json={"stage": "no"}),
        lambda: people[1].call("PATCH", "/api/me", json={"stage": "no"}),
        lambda: event.join().send(photo_bytes(20), name="Late", stage="no"),
        lambda: people[2].call("DELETE", f"/api/photos/{people[2].photo()['id']}"),
        lambda: people[0].call("PATCH", "/api/me", json={"stage": "photo"}),
    ):
        act()
        service.run_jobs()
    told = event.stage().get(f"/api/changes?since={before['revision']}")
    for change in told["changes"]:
        assert "stage" not in change
        for cell, photo, _, _ in change.get("cells", []):
            cells[cell] = photo
    after = now(service, event)
    assert cells.tolist() == numbers(after["grid"]["cells"])
    assert 0 not in cells
    assert people[1].photo()["id"] not in cells


def test_another_worker_shows_the_stage_as_it_was(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    event, people = gathering
    people[0].call("PATCH", "/api/me", json={"stage": "no"})
    service.run_jobs()
    before = numbers(now(service, event)["grid"]["cells"])
    service.shop.walls.clear()  # another process, with nothing in memory
    people[7].call("PATCH", "/api/me", json={"stage": "no"})
    service.run_jobs()
    own = people[7].photo()["id"]
    after = numbers(now(service, event)["grid"]["cells"])
    assert {new for old, new in zip(before, after, strict=True) if old != new and old != own} == set()


def test_with_nobody_on_it_the_stage_is_empty_and_fills_with_the_first(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    event, people = gathering
    event.host().call("POST", "/api/host/stage", json={"public": True})
    service.run_jobs()
    assert set(numbers(now(service, event)["grid"]["cells"])) == {0}
    people[4].call("PATCH", "/api/me", json={"stage": "photo", "stage_public": True})
    service.run_jobs()
    assert set(numbers(now(service, event)["grid"]["cells"])) == {people[4].photo()["id"]}


def test_where_panels_and_stage_show_the_same_it_is_kept_once(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    _, people = gathering
    with service.shop.database.read() as session:
        assert session.scalars(select(Wall.stage_cells)).one() is None
        assert not any(json.loads(body).get("stage") for body in session.scalars(select(Change.body)))
    people[0].call("PATCH", "/api/me", json={"stage": "no"})
    service.run_jobs()
    with service.shop.database.read() as session:
        assert session.scalars(select(Wall.stage_cells)).one()


def test_shown_once_nobody_stands_in_for_another(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    event, people = gathering
    people[0].call("PATCH", "/api/me", json={"stage": "no"})
    event.host().call("POST", "/api/host/picture", json={"finish": "once"})
    service.run_jobs()
    cells = [each for each in numbers(now(service, event)["grid"]["cells"]) if each]
    assert sorted(cells) == sorted(each.photo()["id"] for each in people[1:])


def test_stand_ins_are_apart_and_no_stripes() -> None:
    grid = Grid(40, 25)
    chance = np.random.default_rng(5)
    board = Board.empty(grid, describe_target(chance.integers(0, 256, (250, 400, 3), np.uint8), grid))
    place(board, np.arange(1, 31), chance.uniform(0, 60, (30, 48)).astype(np.float32))
    allowed = np.arange(12)
    slots = np.where(np.isin(board.slots, allowed), board.slots, -1).astype(np.int32)
    cells = np.flatnonzero(slots < 0).astype(np.int32)
    chosen, details = stand_ins(board, cells, allowed, slots)
    assert set(chosen.tolist()) <= set(allowed.tolist())
    assert details.shape == cells.shape
    slots[cells] = chosen
    across = slots.reshape(grid.rows, grid.columns)
    same = (across[:, 1:] == across[:, :-1]).mean()
    assert same < 0.02
    nobody, nothing = stand_ins(board, cells, np.zeros(0, np.int32), slots)
    assert set(nobody.tolist()) == {-1}
    assert not nothing.any()


def test_while_everybody_is_on_the_stage_its_pictures_are_the_panels_own(
    service: Service, gathering: tuple[Event, list[Person]]
) -> None:
    event, people = gathering

    def overviews() -> list[bytes]:
        seen = [people[5].get("/api/wall"), now(service, event)]
        return [service.client.get(each["overview"]["url"]).data for each in seen]

    panel, stage = overviews()
    assert panel == stage
    people[0].call("PATCH", "/api/me", json={"stage": "no"})
    service.run_jobs()
    service.app.extensions["mosaic"].snapshots._kept.clear()
    panel, stage = overviews()
    assert panel != stage
    people[0].call("PATCH", "/api/me", json={"stage": "photo"})
    service.run_jobs()
    service.app.extensions["mosaic"].snapshots._kept.clear()
    panel, stage = overviews()
    assert panel == stage
