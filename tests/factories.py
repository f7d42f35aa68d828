"""The fixed cast of the tests: host Hanna, attendees Ada and Ben, tenants acme and globex; and the service they use."""

import io
import json
import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from PIL import ExifTags, Image
from rq.serializers import JSONSerializer
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from bench import clusters
from plugin.settings import Settings
from plugin.state.base import Base
from plugin.state.queue import ERRANDS, KEEPSAKE, PLACE, PREPARE, PRINT, connect_waiting
from plugin.state.working import SeenWorker
from worker.workshop import Workshop

COLOURS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 60, 200), "grey": (128, 128, 128)}


def photo_bytes(colour: str | int = "red", size: tuple[int, int] = (160, 120), kind: str = "JPEG") -> bytes:
    """A small picture with some structure; a number gives a picture of its own for each number."""
    height, width = size[1], size[0]
    if isinstance(colour, int):
        chance = np.random.default_rng(colour)
        base = chance.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        image = Image.fromarray(base).resize((width, height), Image.Resampling.BICUBIC)
    else:
        pixels = np.empty((height, width, 3), np.uint8)
        pixels[:] = COLOURS[colour]
        pixels[: height // 3] = pixels[: height // 3] // 2 + 60
        image = Image.fromarray(pixels)
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def camera_bytes() -> bytes:
    """What a phone takes: 12 megapixels, red above and blue below, stored on its side, with the place beside it."""
    pixels = np.random.default_rng(6).integers(0, 32, (4032, 3024, 3), dtype=np.uint8)
    pixels[:2016, :, 0] += 190
    pixels[2016:, :, 2] += 190
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turn it clockwise
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    stream = io.BytesIO()
    Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90).save(stream, "JPEG", quality=95, exif=exif)
    return stream.getvalue()


def target_bytes() -> bytes:
    """A target in which every cell is different."""
    y, x = np.mgrid[0:200, 0:320]
    pixels = np.stack([x * 255 // 320, y * 255 // 200, (x + 2 * y) % 256], axis=-1).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


class UndisturbedWorker(SeenWorker):
    """Listens to no commands from outside: to stop listening takes a quarter of a second."""

    def subscribe(self) -> None:
        pass


def work_off(redis_url: str, *queues: str) -> None:
    """Do all jobs that wait in these queues, and those that they ask for there."""
    with connect_waiting(redis_url) as connection:
        worker = UndisturbedWorker(list(queues), connection=connection, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")


def write_through(settings: Settings) -> None:
    """Bring everything into the database's own file, and nothing of what was deleted stays in its journal."""
    if settings.database_url:
        return
    with closing(sqlite3.connect(settings.data_folder / "mosaic.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def keep(settings: Settings, made: Path) -> None:
    """Copy all rows and files of a service that may be in use."""
    _copy_files(settings.data_folder, made)
    if settings.database_url:
        clusters.copy(settings.database_url, f"made_{made.name}")
    else:
        _copy_rows(settings.data_folder, made)


def bring_back(made: Path, settings: Settings) -> None:
    """The same the other way."""
    _copy_files(made, settings.data_folder)
    if settings.database_url:
        database = str(make_url(settings.database_url).database)
        clusters.copy(clusters.url_beside(settings.database_url, f"made_{made.name}"), database)
    else:
        _copy_rows(made, settings.data_folder)


def _copy_files(source: Path, target: Path) -> None:
    shutil.copytree(
        source, target, ignore=shutil.ignore_patterns("mosaic.sqlite3*", "cast.json"), dirs_exist_ok=True
    )


def _copy_rows(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source / "mosaic.sqlite3")) as rows,
        closing(sqlite3.connect(target / "mosaic.sqlite3")) as copy,
    ):
        rows.backup(copy)


@dataclass
class Service:
    """The real app, the real jobs and a real Valkey; only the processes are missing."""

    app: Flask
    settings: Settings
    shop: Workshop
    made_walls: Path  # those that were made in this session, to be copied

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()

    def run_jobs(self) -> None:
        """Do all jobs that wait, and those that they ask for, in this process."""
        work_off(self.settings.redis_url, PREPARE, PLACE, KEEPSAKE, PRINT)

    def holds_nothing(self) -> bool:
        tables = Base.metadata.tables.values()
        with self.shop.database.read() as session:
            return not any(session.scalar(select(func.count()).select_from(table)) for table in tables)

    def wall_with(self, number: int) -> tuple["Event", list["Person"]]:
        """The first event of this service, and so many people with a photo on its wall.

        Real jobs make each such wall once; from then on its rows and files are copied, because they take long.
        """
        assert self.holds_nothing(), "a copied wall takes the place of everything"
        made = self.made_walls / f"{'postgres' if self.settings.database_url else 'sqlite'}_{number}"
        if made.exists():
            bring_back(made, self.settings)
            host_key, code, *guests = json.loads((made / "cast.json").read_text())
            return Event(self, code, host_key), [Person(self, *guest) for guest in guests]
        event = self._open_event()
        people = event.with_photos(number)
        keep(self.settings, made)
        cast = [event.host_key, event.code, *((person.token, person.joined) for person in people)]
        (made / "cast.json").write_text(json.dumps(cast))
        return event, people

    def run_errands(self) -> None:
        """Do all errands that wait, and the jobs that they ask for, in this process."""
        work_off(self.settings.redis_url, ERRANDS)
        self.run_jobs()

    def open_event(self, *, work: bool = True, **form: Any) -> "Event":
        if work and not form and self.holds_nothing():
            return self.wall_with(0)[0]
        return self._open_event(work=work, **form)

    def _open_event(self, *, work: bool = True, **form: Any) -> "Event":
        fields: dict[str, Any] = {"name": "Spring Summit"} | form
        if not {"target", "target_name"} & set(form):
            fields["target"] = (
                io.BytesIO(target_bytes()),
                "target.png",
            )  # quicker than drawing a built-in one
        answer = self.client.post("/api/events", data=fields)
        assert answer.status_code == 201, answer.text
        if work:
            self.run_jobs()
        return Event(self, answer.json["code"], answer.json["host_url"].partition("#")[2])


@dataclass
class Event:
    service: Service
    code: str
    host_key: str

    def join(self, **wishes: Any) -> "Person":
        answer = self.service.client.post("/api/join", json={"code": self.code} | wishes)
        assert answer.status_code == 200, answer.text
        return Person(self.service, answer.json["token"], answer.json)

    def host(self) -> "Person":
        return self.join(host_key=self.host_key)

    def stage(self) -> "Person":
        return self.join(stage=True)

    def with_photos(self, number: int) -> list["Person"]:
        """So many people, each with a photo on the wall."""
        people = []
        for index in range(number):
            person = self.join()
            person.send(photo_bytes(index), name=f"Person {index}", story=f"Story number {index}")
            people.append(person)
        self.service.run_jobs()
        return people


@dataclass
class Person:
    service: Service
    token: str
    joined: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return self.service.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def send(
        self, photo: bytes | None = None, *, key: str | None = None, ok: bool = True, **form: Any
    ) -> TestResponse:
        fields = {"name": "Ada", "story": "I bake bread"} | form
        data: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        data["photo"] = (io.BytesIO(photo_bytes() if photo is None else photo), "photo.jpg")
        headers = {"Idempotency-Key": key or secrets.token_hex(16)}
        answer = self.call("POST", "/api/photos", data=data, headers=headers)
        assert not ok or answer.status_code == 202, answer.text
        return answer

    def photo(self) -> dict[str, Any]:
        """The newest of one's own photos."""
        found: dict[str, Any] = self.get("/api/me")["photos"][0]
        return found


def environ_for(settings: Settings) -> dict[str, str]:
    return {
        "MOSAIC_SECRET_KEY": " ".join(settings.secret_keys),
        "MOSAIC_DATA": str(settings.data_folder),
        "MOSAIC_DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }


def error_of(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.data)["error"]
    return found
