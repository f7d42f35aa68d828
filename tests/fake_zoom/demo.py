"""A meeting at the stand-in for Zoom, for `mosaic demo --platform zoom`: two breakout rooms, every third a guest."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.fake_zoom.server import FakeZoom

ROOMS = ("", "YnJlYWtvdXQtMQ==", "YnJlYWtvdXQtMg==")


class Meeting:
    def __init__(self, zoom: FakeZoom) -> None:
        self._zoom = zoom
        self._id = secrets.token_urlsafe(16)

    @property
    def address(self) -> str:
        return self._zoom.address

    @property
    def environ(self) -> Mapping[str, str]:
        return self._zoom.environ

    def host(self) -> Mapping[str, Any]:
        return self._opening(uid="u_Hanna", attendrole="host")

    def visitor(self, number: int) -> Mapping[str, Any]:
        user_id = None if number % 3 == 0 else f"u_demo_{number}"
        return self._opening(uid=user_id, attendrole="participant", bmid=ROOMS[number % len(ROOMS)] or None)

    def _opening(self, **fields: Any) -> Mapping[str, Any]:
        return {"context": self._zoom.context(mid=self._id, **fields)}

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        return ""


@contextmanager
def stand_in(url: str) -> Iterator[Meeting]:
    with FakeZoom() as zoom:
        yield Meeting(zoom)
