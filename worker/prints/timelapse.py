"""A wall's growth as a short film, from the log of its placements. Pure but for the file it writes.

H.264 in MP4, because every phone, browser and slide program plays it; encoded by PyAV, the well-kept binding of
FFmpeg's libraries. Where that is missing, an animated WebP, which plays in browsers only: smaller and jerkier, and
still several times as large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from worker.pictures.canvas import Canvas
from worker.pictures.color import Pixels
from worker.pictures.thumbs import ThumbStore
from worker.placement.board import Board
from worker.placement.grids import Grid
from worker.placement.history import Step, listed_cells
from worker.placement.metric import describe_target
from worker.placement.tint import tint_map
from worker.prints.wholefile import appearing_whole

Form = Literal["mp4", "webp"]

FRAMES_A_SECOND = 30
LONG_SIDE = 1280
WEBP_LONG_SIDE = 640
WEBP_EVERY = 3  # of the film's frames, one is kept
WEBP_QUALITY = 60
SMALLEST_SIDE = 64
QUALITY = (
    21  # x264's constant rate factor; a mosaic is all detail, and 18 doubles the bytes for no visible gain
)
GLOW_FRAMES = 12  # a photo that lands glows for 0.4 s
FADE_FRAMES = 15  # growth and reveal dissolve into the finer wall
OPENING_FRAMES = 15  # the empty wall first
CLOSING_FRAMES = 75  # and the finished one at the end
SHORTEST, LONGEST = 6.0, 20.0  # seconds
SECONDS_AN_ARRIVAL = 0.1


def seconds_for(log: Sequence[Step]) -> float:
    """How long a film of this log should play: a tenth of a second for each arrival, within 6 to 20 s."""
    return min(max(SHORTEST, SECONDS_AN_ARRIVAL * sum(_moves(log))), LONGEST)


def _moves(log: Sequence[Step]) -> list[int]:
    """1 for each step that people would miss: a photo lands, or the wall moves to a new grid; 0 for small repairs."""
    before = [None, *(step.generation for step in log[:-1])]
    return [
        int(step.generation != last or any(cell[2] for cell in step.cells))
        for step, last in zip(log, before, strict=True)
    ]


def render_timelapse(
    path: Path,
    log: Sequence[Step],
    target: Pixels,
    thumbs: ThumbStore,
    tint: int,
    seconds: float = LONGEST,
    long_side: int = LONG_SIDE,
    progress: Callable[[float], None] = lambda share: None,
    form: Form = "mp4",
) -> tuple[int, int]:
    """Write the film to `path`; the file appears when it is whole. Returns its width and height.

    `target` is (height, width, 3), `tint` the echoes' mean percentage, `long_side` the frame's in px. The steps in
    which photos land are spread evenly over `seconds`; the empty wall before and the finished one after them come on
    top, and so does a fade at each new grid. Photos that were erased are grey where the log still names them: leave
    their cells out of the log.
    `progress` hears the share that is done, 0 to 1; what it raises ends the work. Raises ValueError for an
    empty log or no time.
    """
    if not log:
        raise ValueError("a time-lapse needs at least one placement")
    if seconds <= 0:
        raise ValueError("a time-lapse needs some time")
    size = _frame_size(log[-1].columns / log[-1].rows, long_side)
    frames = _Film(log, target, thumbs, tint, size).frames(seconds, progress)
    with appearing_whole(path) as part:
        if form == "mp4":
            _encode(part, size, frames)
        else:
            _encode_webp(part, frames)
    progress(1.0)
    return size


def _frame_size(aspect: float, long_side: int) -> tuple[int, int]:
    """Width and height for an aspect: even, because the encoder halves the colour's resolution."""
    wide, high = min(1.0, aspect), min(1.0, 1 / aspect)
    return _even(long_side * wide), _even(long_side * high)


def _even(length: float) -> int:
    return max(SMALLEST_SIDE, round(length / 2) * 2)


class _Film:
    """Plays a log onto a canvas and gives the frames, (height, width, 3) each."""

    def __init__(
        self, log: Sequence[Step], target: Pixels, thumbs: ThumbStore, tint: int, size: tuple[int, int]
    ) -> None:
        self._log = log
        self._target, self._thumbs, self._tint, self._size = target, thumbs, tint, size
        self._canvas = self._new_canvas(log[0])
        self._generation = log[0].generation
        self._landed: dict[int, int] = {}  # home cell -> frames since its photo landed

    def frames(self, seconds: float, progress: Callable[[float], None]) -> Iterator[Pixels]:
        count = max(1, round(seconds * FRAMES_A_SECOND))
        yield from [self._frame()] * OPENING_FRAMES
        moves = np.cumsum(_moves(self._log))
        done = 0
        for number in range(1, count + 1):
            progress((number - 1) / count)
            until = int(np.searchsorted(moves, round(number * int(moves[-1]) / count), side="right"))
            for step in self._log[done:until]:
                yield from self._play(step)
            done = until
            yield self._frame()
        while self._landed:
            yield self._frame()
        yield from [self._frame()] * CLOSING_FRAMES

    def _play(self, step: Step) -> Iterator[Pixels]:
        """Put a step on the canvas; a new grid fades in, which takes frames of its own."""
        before = None
        if step.generation != self._generation:
            self._landed.clear()
            before = self._frame()
            self._canvas, self._generation = self._new_canvas(step), step.generation
        cells = listed_cells(step.cells)
        tints = np.where(cells[:, 2] == 1, 0, self._tints[cells[:, 0]])
        self._canvas.paint(cells[:, 0], cells[:, 1], tints, cells[:, 3])
        if before is None:
            self._landed.update(dict.fromkeys(cells[cells[:, 2] == 1, 0].tolist(), 0))
        else:
            yield from _fade(before, self._frame())

    def _new_canvas(self, step: Step) -> Canvas:
        grid = Grid(step.columns, step.rows)
        self._tints = tint_map(Board.empty(grid, describe_target(self._target, grid)), self._tint)
        cell_px = max(1, -(-self._size[0] // step.columns))  # at least the frame's width: only ever reduced
        return Canvas(step.columns, step.rows, self._target, self._thumbs, cell_px)

    def _frame(self) -> Pixels:
        """The wall now, at the frame's size, with the glow of what has just landed."""
        image = Image.fromarray(self._canvas.pixels).resize(self._size, Image.Resampling.BOX)
        frame = np.array(image)
        wide, high = self._size[0] / self._canvas.columns, self._size[1] / self._canvas.rows
        for cell, age in list(self._landed.items()):
            row, column = divmod(cell, self._canvas.columns)
            part = frame[
                round(row * high) : round((row + 1) * high), round(column * wide) : round((column + 1) * wide)
            ]
            part += ((255 - part) * (0.8 * (1 - age / GLOW_FRAMES))).astype(np.uint8)
            self._landed[cell] = age + 1
            if age + 1 >= GLOW_FRAMES:
                del self._landed[cell]
        return frame


def _fade(before: Pixels, after: Pixels) -> Iterator[Pixels]:
    old, new = Image.fromarray(before), Image.fromarray(after)
    for number in range(1, FADE_FRAMES + 1):
        yield np.asarray(Image.blend(old, new, number / FADE_FRAMES))


def _encode(path: Path, size: tuple[int, int], frames: Iterator[Pixels]) -> None:
    """Write frames as H.264; the index stands in front, so that browsers play while they load."""
    import av

    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream(
            "libx264", rate=FRAMES_A_SECOND, options={"crf": str(QUALITY), "preset": "veryfast"}
        )
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 2
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_A_SECOND)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())


def _encode_webp(path: Path, frames: Iterator[Pixels]) -> None:
    kept = (Image.fromarray(pixels) for pixels in islice(frames, 0, None, WEBP_EVERY))
    pause = 1000 * WEBP_EVERY // FRAMES_A_SECOND
    first = next(kept)
    first.save(
        path, "WEBP", save_all=True, append_images=kept, duration=pause, quality=WEBP_QUALITY, method=0
    )
