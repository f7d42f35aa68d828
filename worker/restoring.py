"""A wall in this worker's memory: kept from step to step, or restored from its rows and files."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from plugin.state.models import Photo, Placement, Wall
from worker.pictures.color import Pixels
from worker.pictures.details import DETAILS, NUMBERS, Bytes
from worker.placement.rules import Board, Grid, describe_target
from worker.wall.livewall import LiveWall, OnStage
from worker.wallfiles import target_of
from worker.workshop import Workshop


def live_wall(shop: Workshop, wall: Wall) -> LiveWall:
    """The wall from memory if it is as of the row's revision, else restored from the rows."""
    live = shop.walls.get(wall.id)
    if live is None or live.revision != wall.revision:
        live = restored(shop, wall)
    shop.keep(live)
    return live


def restored(shop: Workshop, wall: Wall) -> LiveWall:
    """The wall as its rows and its target's file have it."""
    homes = _homes(shop, wall)
    shop.learn({home.photo_id: home.key for home in homes})
    target = target_of(shop, wall)
    live = LiveWall(
        id=wall.id,
        media_key=wall.media_key,
        revision=wall.revision,
        generation=wall.generation,
        tint=wall.tint,
        target=target,
        board=_board(wall, target, homes),
        thumbs=shop.thumbs,
        revealed=wall.revealed,
        once=wall.once,
        whole=wall.whole,
        prepared=wall.prepared,
        drawing=wall.target_drawing,
        target_used=wall.target_used,
        target_revision=wall.target_revision,
        before=wall.before,
        staged={home.photo_id for home in homes if home.staged},
        on_stage=_on_stage(wall),
    )
    live.load_tiles(wall.tiles)
    if not wall.tiles_pending:
        live.dirty.clear()
    return live


def restored_board(shop: Workshop, wall: Wall, target: Pixels) -> Board:
    """The board alone, as its rows have it."""
    return _board(wall, target, _homes(shop, wall))


def _on_stage(wall: Wall) -> OnStage | None:
    """What the stage shows; None where that is what panels show, as far as it may."""
    if not wall.columns or not wall.stage_cells or not wall.stage_details:
        return None
    return OnStage(
        np.frombuffer(wall.stage_cells, "<u4").astype(np.uint32), np.frombuffer(wall.stage_details, np.uint8)
    )


class Home(NamedTuple):
    """A photo that has its home, as the rows say."""

    photo_id: int
    cell: int
    descriptor: bytes | None
    staged: bool
    details: bytes | None
    whole: bool
    key: str


def _homes(shop: Workshop, wall: Wall) -> list[Home]:
    with shop.database.read() as session:
        rows = session.execute(
            select(
                Placement.photo_id,
                Placement.cell,
                Photo.descriptor,
                Photo.staged,
                Photo.details,
                Photo.whole,
                Photo.key,
            )
            .join(Photo, Photo.id == Placement.photo_id)
            .where(Placement.wall_id == wall.id)
        )
        return [Home(*row) for row in rows]


def _board(wall: Wall, target: Pixels, homes: list[Home]) -> Board:
    grid = Grid(max(1, wall.columns), max(1, wall.rows))
    cells = wall.cells if wall.columns else bytes(4)  # one empty cell, until there is a picture
    return Board.restore(
        grid,
        describe_target(target, grid),
        np.frombuffer(cells, "<u4").astype(np.int64),
        [(home.photo_id, home.cell) for home in homes],
        {home.photo_id: descriptor(home.descriptor) for home in homes},
        wall.once,
        whole=wall.whole,
        details=cell_details(wall),
        described={home.photo_id: details(home.details, home.whole) for home in homes},
    )


def cell_details(wall: Wall) -> Bytes | None:
    """Which detail of its photo each cell of a wall shows; None on walls of before there were any."""
    if wall.details is None or len(wall.details) != len(wall.cells) // 4 or not wall.columns:
        return None
    return np.frombuffer(wall.details, np.uint8)


def details(data: bytes | None, whole: bool) -> Bytes:
    """The descriptors of a photo's details from its row, (61, 48): zeros where it is to be shown whole only."""
    if whole or not data:
        return np.zeros((DETAILS, NUMBERS), np.uint8)
    return np.frombuffer(data, np.uint8).reshape(DETAILS, NUMBERS)


def descriptor(data: bytes | None) -> npt.NDArray[np.float32]:
    """A photo's descriptor from its row, (48,). ValueError when there is none: such a photo was never prepared."""
    if data is None:
        raise ValueError("a photo without a descriptor")
    return np.frombuffer(data, "<f4").astype(np.float32)
