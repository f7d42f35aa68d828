"""Many people with photos on a wall, put straight into the database: no pixels, no jobs, no waiting."""

import secrets
import struct
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from plugin.state.db import Database
from plugin.state.models import Assurance, Attendee, Event, Photo, PhotoState, Placement, Wall
from plugin.wall import watching
from plugin.web.request.services import EXTENSION
from plugin.web.request.tokens import Pass
from tests.factories import Event as OpenEvent
from tests.factories import Person, Service

NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hal", "Ida", "Jon")


@dataclass
class Guest(Person):
    """Somebody with a photo on the wall."""

    id: int = 0
    photo_id: int = 0
    name: str = ""

    def say(self, other: "Guest", opener: str = "story_more") -> dict[str, Any]:
        """Say hello; the hello as the sender sees it."""
        answer = self.call("POST", "/api/hellos", json={"photo": other.photo_id, "opener": opener})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json["hello"]
        return found

    def answer(self, hello_id: int, **body: Any) -> dict[str, Any]:
        answer = self.call("POST", f"/api/hellos/{hello_id}/answer", json=body or {"opener": "answer_gladly"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json["hello"]
        return found

    def opens(self, other: "Guest") -> None:
        answer = self.call("POST", "/api/opened", json={"opened": [{"id": other.photo_id, "how": "wall"}]})
        assert answer.status_code == 204, answer.text

    def hellos(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/hellos")["hellos"]
        return found

    def refused(self, method: str, path: str, **options: Any) -> str:
        """The code with which a call is refused."""
        answer = self.call(method, path, **options)
        assert answer.status_code >= 400, answer.text
        return str(answer.json["error"]["code"])


def gather(service: Service, number: int, event: OpenEvent | None = None, **about: Any) -> list[Guest]:
    """So many people on an event's wall. `about`: what all of them have, such as `contact`."""
    event = event or service.open_event(work=False)
    database: Database = service.app.extensions[EXTENSION].database
    with database.write() as session:
        row = session.scalars(select(Event).where(Event.code == event.code)).one()
        place = session.scalars(select(Wall).where(Wall.event_id == row.id)).one()
        first = place.count
        people = [
            Attendee(
                event_id=row.id,
                platform="web",
                tenant="",
                user_id=f"guest-{secrets.token_hex(8)}",
                assurance=Assurance.GUEST,
                name=NAMES[index] if index < len(NAMES) else f"Person {index}",
                **about,
            )
            for index in range(first, first + number)
        ]
        session.add_all(people)
        session.flush()
        photos = [
            Photo(
                wall_id=place.id,
                attendee_id=person.id,
                key=secrets.token_hex(16),
                idempotency_key=secrets.token_hex(8),
                state=PhotoState.PLACED,
                story=f"Line of {person.name}",
                prompt=row.prompt,
            )
            for person in people
        ]
        session.add_all(photos)
        session.flush()
        put_on_wall(place, photos)
        session.add_all(
            Placement(wall_id=place.id, cell=first + index, photo_id=photo.id)
            for index, photo in enumerate(photos)
        )
    tokens = service.app.extensions[EXTENSION].tokens
    return [
        Guest(
            service,
            tokens.panel(Pass(row.id, person.id, watching.PANEL)),
            id=person.id,
            photo_id=photo.id,
            name=person.name,
        )
        for person, photo in zip(people, photos, strict=True)
    ]


def put_on_wall(place: Wall, photos: list[Photo]) -> None:
    """Give the wall a grid that has room for them, and one revision more."""
    first, total = place.count, place.count + len(photos)
    columns = max(40, int((4 * total) ** 0.5) + 1)
    cells = list(struct.unpack(f"<{len(place.cells) // 4}I", place.cells))
    cells = cells[:first] + [photo.id for photo in photos] + [0] * (columns * columns - total)
    place.cells = struct.pack(f"<{len(cells)}I", *cells)
    place.columns = place.rows = columns
    place.count = total
    place.revision += 1
    place.generation = 1


def change(service: Service, person: Guest, **values: Any) -> None:
    """Set columns of a person's row."""
    with service.app.extensions[EXTENSION].database.write() as session:
        session.execute(update(Attendee).where(Attendee.id == person.id).values(**values))


def host_of(event: OpenEvent) -> Person:
    return event.host()
