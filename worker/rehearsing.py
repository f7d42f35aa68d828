"""How a wall will be when it is revealed, worked out before: while the reveal is counted down, and for the host to see.

Nothing of the wall changes by it. What is kept are the finished board, which `place` takes up when the moment comes,
and the picture that a host asked for. No pixel is kept longer than the wall's other pictures that are superseded.
"""

import secrets

import numpy as np
from sqlalchemy import update

from plugin.state.finish import Reveal
from plugin.state.keys import preview_name
from plugin.state.models import Wall
from worker.pictures.canvas import Canvas
from worker.pictures.color import Pixels
from worker.placement.rules import Board, describe_target, reveal, reveal_grid, tint_map
from worker.restoring import restored_board
from worker.waiting import is_opened, wished
from worker.wall.remodel import packed_board
from worker.wallfiles import keep_pictures, target_of
from worker.workshop import Workshop


def rehearse(shop: Workshop, wall_id: int) -> None:
    """Work out the reveal of a wall as it is now, if it is coming or its host wishes to see it."""
    with shop.database.read() as session:
        wall, asked = session.get(Wall, wall_id), session.get(Reveal, wall_id)
    if wall is None or asked is None or not is_opened(wall) or not wall.count or wall.once:
        return
    if asked.starts_at is None and not asked.preview_wished:
        return
    target = target_of(shop, wall)
    board = restored_board(shop, wall, target)
    if not wall.revealed:
        height, width = target.shape[:2]
        grid = reveal_grid(width / height, board.photos)
        board = reveal(board, grid, describe_target(target, grid))
    preview = _draw(shop, wall, board, target) if asked.preview_wished else None
    _keep(shop, wall, board, asked.turn, preview)


def _draw(shop: Workshop, wall: Wall, board: Board, target: Pixels) -> str:
    """Draw the picture that panels would show, and give its name."""
    canvas = Canvas(board.grid.columns, board.grid.rows, target, shop.thumbs)
    tints = np.where(board.is_home, 0, tint_map(board, wall.tint))
    canvas.paint(np.arange(board.grid.cells), board.shown.astype(np.uint32), tints, board.details)
    name = preview_name(secrets.token_hex(16), wall.revision)
    keep_pictures(shop, wall.media_key, {name: canvas.encode_overview()})
    return name


def _keep(shop: Workshop, wall: Wall, board: Board, turn: int, preview: str | None) -> None:
    """Whoever asked again meanwhile gets a newer one; a reveal that has begun needs none any more."""
    drawn = {"preview": preview, "preview_wished": False} if preview else {}
    with shop.database.write() as session:
        session.execute(
            update(Reveal)
            .where(Reveal.wall_id == wall.id, Reveal.turn == turn)
            .values(rehearsed=packed_board(board), rehearsed_as=wished(wall).look, **drawn)
        )
