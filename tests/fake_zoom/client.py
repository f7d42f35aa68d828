"""People with a Zoom client: a browser page with Zoom's side of the bridge in it, and the header of the home page.

ada = ZoomPerson(zoom, "u_Ada", screen_name="Ada L.", role="attendee")
ada.enter(context)   # a browser context, before its page opens /zoom/home
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Route

from tests.fake_zoom.server import FakeZoom

BRIDGE = (Path(__file__).parent / "client.js").read_text(encoding="utf-8")
MEETING = "bWVldGluZy11dWlkLTAwMQ=="
SIGNED_ROLES = {"host": "host", "coHost": "co-host", "panelist": "panelist", "attendee": "participant"}


@dataclass
class ZoomPerson:
    """Somebody in a meeting. `uid` None is a guest; `settings` go to the bridge as they are."""

    zoom: FakeZoom
    uid: str | None
    screen_name: str = "Somebody"
    role: str = "attendee"
    meeting: str = MEETING
    room: str | None = None
    webinar: bool = False
    has_header: bool = True
    has_bridge: bool = True  # without one, the page is not inside Zoom, or Zoom's part of it broke
    settings: dict[str, Any] = field(default_factory=dict)

    def context(self) -> str:
        """A fresh signed context of where this person is now."""
        role = "attendee" if self.webinar and self.role == "attendee" else SIGNED_ROLES[self.role]
        kind = "webinar" if self.webinar else "meeting"
        return self.zoom.context(uid=self.uid, mid=self.meeting, bmid=self.room, attendrole=role, typ=kind)

    def bridge(self) -> dict[str, Any]:
        return {
            "runningContext": "inWebinar" if self.webinar else "inMeeting",
            "role": self.role,
            "status": "authorized" if self.uid else "unauthenticated",
            "screenName": self.screen_name,
            "participantUUID": f"participant-{self.screen_name}",
            "meetingUUID": self.room or self.meeting,
            "parentUUID": self.meeting if self.room else None,
            "uid": self.uid,
        } | self.settings

    def enter(self, context: BrowserContext) -> None:
        """Make a browser this person's client."""
        if self.has_bridge:
            context.add_init_script(BRIDGE.replace("__SETTINGS__", json.dumps(self.bridge())))
        context.expose_function("fakeZoomContext", self.context)
        context.expose_function("fakeZoomConsent", self._consent)
        context.route("**/zoom/home", self._with_header)

    def _with_header(self, route: Route) -> None:
        headers = route.request.headers
        if self.has_header:
            headers |= {"x-zoom-app-context": self.context()}
        route.continue_(headers=headers)

    def _consent(self, wish: dict[str, str]) -> dict[str, Any]:
        code = self.zoom.consent(self.uid or "u_Ada", wish["codeChallenge"], wish["redirectUri"])
        return {"code": code, "state": wish["state"], "result": True, "redirectUri": wish["redirectUri"]}
