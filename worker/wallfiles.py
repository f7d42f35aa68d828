"""A wall's pictures in the storage: read, kept, and deleted once newer ones replaced them."""

import io
import time
from collections.abc import Mapping
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from plugin.state.keys import (
    is_original,
    is_patch,
    original_name,
    overview_name,
    prepared_name,
    target_name,
    wall_file_key,
    wall_folder,
)
from plugin.state.models import Wall
from worker.pictures.canvas import levels_for
from worker.pictures.color import Pixels
from worker.placement.rules import Grid
from worker.wall.livewall import tile_name, tiles_by_level
from worker.workshop import Workshop

TARGET_QUALITY = 95


def target_of(shop: Workshop, wall: Wall) -> Pixels:
    """The picture that a wall is made by; grey until there is one."""
    if not wall.columns:
        return np.full((1, 1, 3), 128, np.uint8)
    return picture_of(shop, wall.media_key, target_name(wall.target_revision))


def picture_of(shop: Workshop, media_key: str, name: str) -> Pixels:
    """One of a wall's pictures. Raises NotStoredError."""
    return decoded(shop.storage.get(wall_file_key(media_key, name)))


def keep_pictures(
    shop: Workshop, media_key: str, pictures: Mapping[str, bytes], *, durable: bool = False
) -> None:
    """Keep pictures of a wall, by name; `durable` those that cannot be drawn again."""
    shop.storage.put_all(
        {wall_file_key(media_key, name): data for name, data in pictures.items()}, durable=durable
    )


def decoded(data: bytes) -> Pixels:
    """The pixels of one of our own JPEGs."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        return np.asarray(image.convert("RGB"))


def delete_superseded(
    shop: Workshop, wall_id: int, older_than_seconds: float, *, patches_before: int | None = None
) -> int:
    """Delete pictures of a wall that newer ones replaced, except those that a panel may be just fetching.

    Of patches those of revisions below `patches_before`, if it is given. Returns how many were deleted.
    """
    with shop.database.read() as session:
        wall = session.get_one(Wall, wall_id)
    current = _current_names(wall)
    latest = time.time() - older_than_seconds
    names = [
        name
        for name, written_at in shop.storage.names(wall_folder(wall.media_key)).items()
        if name not in current and written_at <= latest and _is_superseded(name, wall)
        if patches_before is None or not is_patch(name) or _number_in(name) < patches_before
    ]
    for name in names:
        shop.storage.delete(wall_file_key(wall.media_key, name))
    return len(names)


def _current_names(wall: Wall) -> set[str]:
    names = {prepared_name(wall.target_revision)}
    for small in (False, True):
        names |= {
            target_name(wall.target_revision, small=small),
            original_name(wall.target_used, small=small),
        }
    names |= {overview_name(wall.overview_revision, stage=stage) for stage in (False, True)}
    return names | _current_tiles(wall)


def _current_tiles(wall: Wall) -> set[str]:
    names: set[str] = set()
    grid = Grid(wall.columns, wall.rows)
    for level, revisions in zip(
        levels_for(grid.columns, grid.rows), tiles_by_level(wall.tiles, grid), strict=True
    ):
        across, _ = level.tiles(grid.columns, grid.rows)
        names |= {
            tile_name(level.cell_px, index % across, index // across, revision)
            for index, revision in enumerate(revisions.tolist())
        }
    return names


def _is_superseded(name: str, wall: Wall) -> bool:
    """Not while it may belong to a step whose transaction is still to come."""
    latest = wall.target_used if is_original(name) else wall.revision
    return 0 <= _number_in(name) <= latest


def _number_in(name: str) -> int:
    """The revision that a picture's name ends with; -1 where it has none."""
    number = PurePosixPath(name).stem.rsplit("-", 1)[-1]
    return int(number) if number.isdecimal() else -1
