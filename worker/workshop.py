"""What a worker process works with, made at its first job and kept for the next ones."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import select

from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.feed import Feed
from plugin.state.keys import thumb_key
from plugin.state.models import Photo
from plugin.state.presence import Presence
from plugin.state.queue import Jobs, connect
from plugin.state.storage import NotStoredError, Storage
from worker.pictures.thumbs import FILE_PX, THUMB_PX, ThumbCache
from worker.wall.livewall import LiveWall

WALLS_KEPT = 16
KEYS_KEPT = 20_000


@dataclass
class Workshop:
    database: Database
    storage: Storage
    jobs: Jobs
    feed: Feed
    presence: Presence
    thumbs: ThumbCache = field(init=False)
    walls: dict[int, LiveWall] = field(default_factory=dict)
    _keys: dict[int, str] = field(default_factory=dict)  # by photo id; a photo keeps its key for life

    def __post_init__(self) -> None:
        self.thumbs = ThumbCache(self._thumb, larger=self._thumb)

    def _thumb(self, photo_id: int, px: int = THUMB_PX) -> bytes | None:
        key = self._keys.get(photo_id) or self._key(photo_id)
        try:
            return self.storage.get(thumb_key(key, min(px, FILE_PX[-1]))) if key else None
        except NotStoredError:
            return None

    def _key(self, photo_id: int) -> str | None:
        with self.database.read() as session:
            key = session.scalar(select(Photo.key).where(Photo.id == photo_id))
        if key:
            self.learn({photo_id: key})
        return key

    def learn(self, keys: Mapping[int, str]) -> None:
        """Under which keys the files of these photos lie, by id: else each would be asked for by itself."""
        if len(self._keys) + len(keys) > KEYS_KEPT:
            self._keys.clear()
        self._keys.update(keys)

    def forget(self, photo_id: int) -> None:
        """Nothing of this photo stays in memory: it was withdrawn, erased or replaced."""
        self.thumbs.forget(photo_id)
        self._keys.pop(photo_id, None)

    def keep(self, live: LiveWall) -> None:
        """Keep a wall in memory, the least recently used one goes."""
        self.walls.pop(live.id, None)
        self.walls[live.id] = live
        while len(self.walls) > WALLS_KEPT:
            del self.walls[next(iter(self.walls))]


def open_workshop(settings: Settings) -> Workshop:
    redis = connect(settings.redis_url)
    return Workshop(
        Database(settings),
        Storage.of(settings),
        Jobs(redis),
        Feed(redis),
        Presence(redis),
    )


@cache
def workshop() -> Workshop:
    """The workshop of this process, from its environment."""
    return open_workshop(Settings.from_environ(os.environ))
