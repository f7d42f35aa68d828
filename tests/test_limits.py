import subprocess
import sys

import pytest


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_memory_beyond_the_limit_is_refused() -> None:
    code = """
from worker.limits import limit_memory
limit_memory(300)
bytearray(10 * 1024 * 1024)
try:
    bytearray(400 * 1024 * 1024)
except MemoryError:
    print("refused")
"""
    assert _python(code) == "refused"


def test_a_photo_that_does_not_fit_is_refused_with_a_reason() -> None:
    code = """
from io import BytesIO
from PIL import Image
from worker.limits import limit_memory
from worker.pictures.photos import PhotoRefused, prepare
stream = BytesIO()
Image.new("RGB", (7000, 7000)).save(stream, "PNG", compress_level=1)
limit_memory(300)
try:
    prepare(stream.getvalue())
except PhotoRefused as refused:
    print(refused.reason)
"""
    assert _python(code) == "too_many_pixels"


LARGE = """
from io import BytesIO
from PIL import Image
from worker.__main__ import PREPARE_MEGABYTES
from worker.limits import limit_memory
from worker.pictures.photos import prepare
stream = BytesIO()
Image.effect_noise({size}, 40).convert("RGB").save(stream, {form})
data = stream.getvalue()
del stream
limit_memory(PREPARE_MEGABYTES)
print(len(prepare(data).master) > 0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "form"),
    [((16384, 3690), '"JPEG", quality=60'), ((9000, 7000), '"JPEG", quality=60, progressive=True')],
    ids=["a panorama", "progressive"],
)
def test_large_photos_fit_into_the_memory_that_a_worker_has(size: tuple[int, int], form: str) -> None:
    assert _python(LARGE.format(size=size, form=form)) == "True"
