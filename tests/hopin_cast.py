"""What tests of RingCentral Events have in common: the service beside a stand-in, organizers, people in frames."""

import time
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from plugin.platforms.errands import office, registrations
from plugin.state.registrations import Registration, Source
from tests.factories import Person, Service
from tests.fake_hopin.server import ACME, RESOURCE, SUMMIT, FakeHopin

BASE_URL = "https://mosaic.example.org"
API = "/api/hopin/organize"


@dataclass
class HopinService(Service):
    """The real app with the credentials of an app there. `hopin` is the stand-in that it takes for it."""

    hopin: FakeHopin

    def browse(self, path: str, **options: Any) -> TestResponse:
        """As a browser at the top level has it: under our own address, so that secure cookies count."""
        return self.client.get(path, base_url=BASE_URL, **options)

    def consent(self, address: str) -> str:
        """What the consent page sends the browser to, as a path of ours."""
        from plugin.platforms.http import plain_session

        with plain_session() as browser:
            answer = browser.get(address, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].removeprefix(BASE_URL)

    def install(self, resource: str = RESOURCE) -> TestResponse:
        """The organizer adds the app, from our install address to the end; the last answer."""
        asked = self.browse("/hopin/install", query_string={"resource": resource})
        assert asked.status_code == 302, asked.text
        return self.browse(self.consent(asked.headers["Location"]))

    def organizer(self) -> "Organizer":
        landed = self.install()
        assert landed.status_code == 303, landed.text
        handover = landed.headers["Location"].partition("#")[2]
        entered = self.client.post(f"{API}/session", json={"handover": handover})
        assert entered.status_code == 200, entered.text
        return Organizer(self, entered.json["token"])

    def enter(self, place: str, return_key: str | None = None, **more: Any) -> Person:
        """Somebody opens the frame."""
        body = {"place": place} | ({"return_key": return_key} if return_key else {}) | more
        answer = self.client.post("/api/hopin/session", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json["event"], "this place has no wall"
        return Person(self, answer.json["token"], answer.json)

    def read(self, *, times: int = 50) -> None:
        """Do what the errands' process does until nothing of it is due."""
        from plugin.platforms import registrations as readings

        for _ in range(times):
            due = readings.due(office().database, time.time())
            if not due:
                return
            for each in due:
                registrations(each)

    def registrations(self) -> dict[str, Registration]:
        """By address."""
        with self.shop.database.read() as session:
            return {each.email: each for each in session.query(Registration)}

    def source(self) -> Source:
        with self.shop.database.read() as session:
            return session.query(Source).one()


@dataclass
class Organizer:
    service: HopinService
    token: str

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.service.client.open(f"{API}{path}", method=method, headers=headers, **options)

    def state(self) -> Any:
        answer = self.call("GET", "/state")
        assert answer.status_code == 200, answer.text
        return answer.json

    def start_wall(self, gathering: str = SUMMIT, **wish: Any) -> Any:
        """A wall for one of the events; a new one, unless `host_code` is given."""
        plan = {"name": "Spring Summit", "target_name": "coffee"}
        body = {"tenant": ACME, "gathering": gathering, "gathering_name": "Spring Summit"} | plan | wish
        answer = self.call("POST", "/walls", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json
