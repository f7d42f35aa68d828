"""What tests of registrants share: an event that expects people, their links, and a post office for their mail."""

import re
import secrets
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from sqlalchemy import select

from plugin.people.codes import email_digest
from plugin.state.models import Event as EventRow
from plugin.state.registrations import Registration, Source
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service

DEVICES = {"laptop": "1" * 32, "phone": "2" * 32, "other": "3" * 32}


def event_id_of(service: Service, event: Event) -> int:
    with service.shop.database.read() as session:
        return session.scalars(select(EventRow.id).where(EventRow.code == event.code)).one()


def expect(service: Service, event: Event, address: str = "ada@example.org", **more: Any) -> int:
    """Somebody registered for the event; the registration's id."""
    with service.shop.database.write() as session:
        event_id = session.scalars(select(EventRow.id).where(EventRow.code == event.code)).one()
        source = session.scalar(select(Source).where(Source.event_id == event_id))
        if source is None:
            source = Source(event_id=event_id, platform="fair", tenant="acme", external_id="gathering")
            session.add(source)
            session.flush()
        row = Registration(
            source_id=source.id,
            external_id=secrets.token_hex(8),
            email_digest=email_digest(service.settings.secret_keys[0], address),
            email=address,
            **{"name": "Ada Lovelace", "headline": "Engines"} | more,
        )
        session.add(row)
        session.flush()
        return row.id


def link_of(service: Service, registration_id: int) -> str:
    """The secret part of somebody's personal link, as the organizer has it."""
    with service.shop.database.read() as session:
        version = session.get_one(Registration, registration_id).link_version
    return str(service.app.extensions[EXTENSION].tokens.personal_link(registration_id, version))


def change(service: Service, registration_id: int, **values: Any) -> None:
    with service.shop.database.write() as session:
        for name, value in values.items():
            setattr(session.get_one(Registration, registration_id), name, value)


def come(event: Event, link: str, device: str = "laptop", **more: Any) -> Person:
    return event.join(personal=link, device=DEVICES[device], **more)


def refusal_of(event: Event, link: str, device: str = "laptop", **more: Any) -> tuple[int, str, str]:
    body = {"code": event.code, "personal": link, "device": DEVICES[device]} | more
    answer = event.service.client.post("/api/join", json=body)
    error = answer.json["error"]
    return answer.status_code, error["code"], error["message"]


def is_here(service: Service, person: Person) -> None:
    """The person's panel asks something, and it is noted that they are here."""
    person.get("/api/me")
    service.app.extensions[EXTENSION].batches.flush()


@dataclass
class PostOffice:
    """A mail server of this machine that keeps what it gets. `says`: its answer to each address, where not yes."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    says: str = ""

    @property
    def environ(self) -> dict[str, str]:
        return {
            "MOSAIC_SMTP_URL": f"smtp+plain://127.0.0.1:{self.port}",
            "MOSAIC_MAIL_FROM": "mosaic@example.org",
        }

    def digits(self) -> str:
        """The code in the newest mail."""
        found = re.search(r"^ +(\d{6})\s*$", self.letters[-1].get_content(), re.M)
        assert found, self.letters[-1].get_content()
        return found[1]


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()

    class Counter(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 post office")
            while line := self.rfile.readline().decode().strip():
                word = line.split(maxsplit=1)[0].upper()
                if word == "DATA":
                    self.say("354 go on")
                    self.keep()
                elif word == "QUIT":
                    return self.say("221 bye")
                self.say(office.says if office.says and word == "RCPT" else "250 yes")

        def keep(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b"."))
            letter = message_from_bytes(b"".join(lines), policy=default)
            assert isinstance(letter, EmailMessage)
            office.letters.append(letter)

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Counter) as server:
        office.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield office
        server.shutdown()


def minutes_later(monkeypatch: Any, minutes: float) -> None:
    """From now on it is so many minutes later."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 60 * minutes)
