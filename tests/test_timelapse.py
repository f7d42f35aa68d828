"""A wall's growth as a film."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from worker.pictures.canvas import Canvas
from worker.pictures.color import Pixels
from worker.pictures.thumbs import NEUTRAL, ThumbCache
from worker.prints.timelapse import (
    CLOSING_FRAMES,
    FADE_FRAMES,
    FRAMES_A_SECOND,
    GLOW_FRAMES,
    OPENING_FRAMES,
    Step,
    render_timelapse,
)

Ints = NDArray[np.int_]

LONG_SIDE = 320
TARGET = np.full((60, 80, 3), (60, 90, 200), np.uint8)
DARK = {1: (120, 20, 20), 2: (20, 110, 20), 3: (20, 20, 120)}


def _file(photo_id: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), DARK[photo_id]).save(buffer, "PNG")
    return buffer.getvalue()


THUMBS = ThumbCache(_file)


def _step(
    revision: int, cells: list[tuple[int, int, bool]], generation: int = 0, size: tuple[int, int] = (4, 3)
) -> Step:
    return Step(revision, generation, *size, cells)


FIRST = _step(1, [(cell, 1, cell == 5) for cell in range(12)])
SECOND = _step(2, [(6, 2, True), (7, 2, False)])


def _film(path: Path, log: list[Step], seconds: float = 1.0, tint: int = 0) -> list[Pixels]:
    render_timelapse(path, log, TARGET, THUMBS, tint, seconds, LONG_SIDE)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == FRAMES_A_SECOND
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in film.decode(video=0)]


def _colour(frame: Pixels, cell: int, columns: int = 4, rows: int = 3) -> Ints:
    row, column = divmod(cell, columns)
    height, width = frame.shape[0] / rows, frame.shape[1] / columns
    return np.asarray(frame[round((row + 0.5) * height), round((column + 0.5) * width)], int)


def _near(a: Ints, b: tuple[int, ...] | Ints) -> bool:
    return bool(np.abs(np.asarray(a, int) - np.asarray(b, int)).max() <= 14)  # halved colour, 16 to 235


def test_a_film_begins_with_the_empty_wall_and_ends_with_the_finished_one(tmp_path: Path) -> None:
    frames = _film(tmp_path / "film.mp4", [FIRST, SECOND], tint=20)
    assert frames[0].shape == (240, 320, 3)
    whole = OPENING_FRAMES + FRAMES_A_SECOND + CLOSING_FRAMES
    assert whole <= len(frames) < whole + GLOW_FRAMES
    assert _near(_colour(frames[0], 5), _soft())
    assert _near(_colour(frames[-1], 5), DARK[1])
    assert _near(_colour(frames[-1], 6), DARK[2])
    tinted = [0.8 * photo + 0.2 * under for photo, under in zip(DARK[2], TARGET[0, 0], strict=True)]
    assert _near(_colour(frames[-1], 7), np.array(tinted).astype(int))


def _soft() -> Ints:
    """What an empty cell looks like."""
    return np.asarray(Canvas(4, 3, TARGET, THUMBS, 24).pixels[5, 5], int)


def test_steps_come_in_their_order_spread_over_the_time(tmp_path: Path) -> None:
    frames = _film(tmp_path / "film.mp4", [FIRST, SECOND], seconds=2)
    shows_second = [number for number, frame in enumerate(frames) if _near(_colour(frame, 7), DARK[2])]
    shows_first = [number for number, frame in enumerate(frames) if _near(_colour(frame, 7), DARK[1])]
    assert shows_first[-1] < shows_second[0]
    assert abs(len(shows_first) - FRAMES_A_SECOND) <= 16


def test_a_photo_that_lands_glows_for_a_moment_and_an_echo_does_not(tmp_path: Path) -> None:
    frames = _film(tmp_path / "film.mp4", [FIRST, SECOND], seconds=2)
    brightest = max(int(_colour(frame, 6)[2]) for frame in frames[OPENING_FRAMES + 40 :])
    assert brightest > 170  # green that shines nearly white
    assert max(int(_colour(frame, 7)[2]) for frame in frames[OPENING_FRAMES + 40 :]) < 60


def test_growth_dissolves_into_the_finer_wall(tmp_path: Path) -> None:
    finer = _step(3, [(cell, 3, False) for cell in range(48)], generation=1, size=(8, 6))
    frames = _film(tmp_path / "film.mp4", [FIRST, finer])
    assert len(frames) == OPENING_FRAMES + FRAMES_A_SECOND + FADE_FRAMES + CLOSING_FRAMES
    reds = [int(_colour(frame, 20, 8, 6)[0]) for frame in frames]
    fading = [red for red in reds[OPENING_FRAMES:] if 40 < red < 100]
    assert len(fading) >= FADE_FRAMES // 2
    assert _near(_colour(frames[-1], 20, 8, 6), DARK[3])


def test_an_erased_photo_is_grey_and_stops_nothing(tmp_path: Path) -> None:
    frames = _film(tmp_path / "film.mp4", [FIRST, _step(2, [(0, 77, False)])])
    assert _near(_colour(frames[-1], 0), (NEUTRAL,) * 3)


def test_more_steps_than_frames_are_all_played(tmp_path: Path) -> None:
    log = [_step(n, [(n % 12, n % 3 + 1, False)]) for n in range(200)]
    frames = _film(tmp_path / "film.mp4", log, seconds=0.2)
    last = {n % 12: n % 3 + 1 for n in range(200)}
    assert all(_near(_colour(frames[-1], cell), DARK[photo]) for cell, photo in last.items())


@pytest.mark.parametrize(
    ("columns", "rows", "size"),
    [(3, 4, (240, 320)), (5, 3, (320, 192)), (7, 3, (320, 138)), (90, 2, (320, 64))],
)
def test_a_frame_has_the_walls_shape_and_even_sides(
    tmp_path: Path, columns: int, rows: int, size: tuple[int, int]
) -> None:
    frames = _film(tmp_path / "film.mp4", [_step(1, [(0, 1, True)], size=(columns, rows))], seconds=0.1)
    assert frames[0].shape[:2] == (size[1], size[0])


def test_progress_grows_to_the_whole_and_what_it_raises_leaves_no_file(tmp_path: Path) -> None:
    heard: list[float] = []
    render_timelapse(tmp_path / "film.mp4", [FIRST], TARGET, THUMBS, 0, 0.2, LONG_SIDE, heard.append)
    assert heard == sorted(heard)
    assert heard[0] == 0
    assert heard[-1] == 1

    def cancel(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_timelapse(tmp_path / "other.mp4", [FIRST], TARGET, THUMBS, 0, 0.2, LONG_SIDE, cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_an_empty_log_or_no_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one placement"):
        render_timelapse(tmp_path / "film.mp4", [], TARGET, THUMBS, 0)
    with pytest.raises(ValueError, match="some time"):
        render_timelapse(tmp_path / "film.mp4", [FIRST], TARGET, THUMBS, 0, seconds=0)
