"""Which parts of a photo an echo may show, and how they are described."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from worker.pictures.color import lab_from_srgb
from worker.pictures.details import (
    BOXES,
    DETAILS,
    KINDS,
    LARGE_KINDS,
    SIDE_OF,
    box_px,
    describe_details,
    lab_of,
)
from worker.pictures.photos import describe

SCRIPT = Path(__file__).parent.parent / "plugin/static/wall/details.js"


def noise(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def test_there_are_the_whole_and_sixty_one_details_within_the_photo() -> None:
    assert (KINDS, DETAILS, LARGE_KINDS) == (62, 61, 26)
    assert [int((np.isclose(SIDE_OF, side)).sum()) for side in (1, 0.6, 0.4, 0.25)] == [1, 9, 16, 36]
    assert len(set(BOXES)) == KINDS
    for left, top, side in BOXES:
        assert min(left, top) >= 0
        assert max(left, top) + side <= 1 + 1e-9


@pytest.mark.parametrize("detail", [1, 5, 9, 10, 17, 25, 26, 40, 61])
def test_a_detail_is_described_like_a_photo_of_that_part(detail: int) -> None:
    square = noise(80)
    left, top, right, bottom = (round(edge) for edge in box_px(detail, 80))
    part = square[top:bottom, left:right]
    found = lab_of(describe_details(square)[detail - 1 : detail])[0]
    assert np.abs(found - describe(part)).max() < 0.6  # a byte is a unit of a and b


def test_the_size_of_the_square_hardly_matters() -> None:
    coarse = noise(16).repeat(40, 0).repeat(40, 1)  # 640 px
    small = noise(16).repeat(5, 0).repeat(5, 1)  # 80 px
    assert np.abs(describe_details(coarse).astype(int) - describe_details(small)).max() <= 1


def test_no_colour_looks_like_a_photo_without_details() -> None:
    for colour in ((0, 0, 0), (0, 0, 255), (255, 255, 255)):
        square = np.full((80, 80, 3), colour, np.uint8)
        found = describe_details(square)
        assert found.any(axis=1).all()
        assert np.abs(lab_of(found).reshape(-1, 3) - lab_from_srgb(square[:1, :1])[0]).max() < 0.6


def test_what_is_no_square_is_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        describe_details(np.zeros((8, 9, 3), np.uint8))


def test_the_browser_counts_them_the_same_way() -> None:
    page = f"import {{ boxOfDetail }} from {json.dumps(SCRIPT.as_uri())}\n"
    page += (
        f"console.log(JSON.stringify(Array.from({{ length: {KINDS} }}, (_, detail) => boxOfDetail(detail))))"
    )
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    assert node, "Node.js comes with `make install`"
    command = [node, "--input-type=module", "--eval", page]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    found = [(each["left"], each["top"], each["side"]) for each in told]
    assert np.allclose(found, [tuple(box) for box in BOXES], atol=1e-4)
