"""What tests of Zoom have in common: the service beside a stand-in for Zoom, and people who open the panel there."""

import io
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from plugin.settings import Settings
from tests.factories import Person, Service, target_bytes
from tests.fake_zoom.server import FakeZoom

MEETING = "bWVldGluZy11dWlkLTAwMQ=="
BASE_URL = "https://mosaic.example.org"


def with_zoom(settings: Settings, **options: str) -> Settings:
    """The same with other options of the adapter."""
    zoom = settings.platform_options["zoom"] | options
    return replace(settings, platform_options=settings.platform_options | {"zoom": zoom})


@dataclass
class ZoomService(Service):
    """The real app with Zoom's credentials. `zoom` is the stand-in that it takes for Zoom."""

    zoom: FakeZoom

    def session(self, **body: Any) -> TestResponse:
        """POST /api/zoom/session. Without a proof among `body`: with a context of `context=` fields."""
        fields = body.pop("context", {})
        if isinstance(fields, dict) and not {"launch", "start_token"} & set(body):
            body["context"] = self.zoom.context(**fields)
        elif not isinstance(fields, dict):
            body["context"] = fields
        return self.client.post("/api/zoom/session", json=body)

    def enter(
        self, return_key: str | None = None, hints: dict[str, str] | None = None, **fields: Any
    ) -> Person:
        """Open the panel as Zoom says in `fields`; the meeting has a wall."""
        body: dict[str, Any] = {"context": fields}
        body |= {"return_key": return_key} if return_key else {}
        answer = self.session(**body | ({"hints": hints} if hints else {}))
        assert answer.status_code == 200, answer.text
        assert answer.json["event"], "this meeting has no wall"
        return Person(self, answer.json["token"], answer.json)

    def start_wall(self, *, work: bool = False, wall: dict[str, Any] | None = None, **fields: Any) -> Person:
        """The host opens the panel in a meeting that has no wall, and starts one."""
        answer = self.session(context=fields)
        assert answer.status_code == 200, answer.text
        opened = self.open_wall(answer.json["start_token"], **(wall or {"name": "Stand-up"}))
        assert opened.status_code == 201, opened.text
        if work:
            self.run_jobs()
        return Person(self, opened.json["token"], opened.json)

    def open_wall(self, start_token: str, **body: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {start_token}"}
        if {"earlier_code", "host_code"} & set(body):
            return self.client.post("/api/zoom/walls", json=body, headers=headers)
        # Quicker than drawing a built-in one.
        form = {"target": (io.BytesIO(target_bytes()), "target.png")} | body
        return self.client.post("/api/zoom/walls", data=form, headers=headers)

    def get(self, path: str, **options: Any) -> TestResponse:
        """As a browser at the top level has it: under our own address, so that secure cookies count."""
        return self.client.get(path, base_url=BASE_URL, **options)

    def install(self, user_id: str = "u_Hanna", path: str = "/zoom/install") -> TestResponse:
        """Add the app in a browser, from our page to the end; the last answer."""
        self.zoom.signed_in = user_id
        asked = self.get(path)
        assert asked.status_code == 302, asked.text
        return self.get(self.consent(asked.headers["Location"]))

    def consent(self, address: str) -> str:
        """What Zoom's consent page sends the browser to, as a path of ours."""
        from plugin.platforms.http import plain_session

        with plain_session() as browser:
            answer = browser.get(address, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].removeprefix(BASE_URL)

    def rows(self, model: Any) -> list[Any]:
        with self.shop.database.read() as session:
            return list(session.query(model).all())
