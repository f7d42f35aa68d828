import re
import struct
import subprocess
import sys
import time
import warnings
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile, PngImagePlugin

from tests import made_photos as made
from worker.pictures import jpeg, opener
from worker.pictures.color import lab_from_srgb
from worker.pictures.photos import Crop, PhotoRefused, choose_crop, describe, open_photo, prepare


def refusal(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as caught:
        open_photo(data)
    return caught.value.reason


def colour_at(image: Image.Image, x: float, y: float) -> np.ndarray:
    """The colour at a place given in shares of width and height."""
    return np.asarray(image)[int(y * image.height), int(x * image.width)].astype(int)


def assert_near(colour: np.ndarray, wanted: tuple[int, int, int], within: int = 24) -> None:
    assert np.abs(colour - np.array(wanted)).max() <= within, f"{colour} is not near {wanted}"


def assert_quadrants(image: Image.Image) -> None:
    rgb = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
    for name, (column, row) in made.QUADRANTS.items():
        assert_near(colour_at(image, 0.25 + column / 2, 0.25 + row / 2), rgb[name])


# --- every format, every mode -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", made.FORMATS)
def test_every_accepted_format_opens_as_upright_rgb(kind: str) -> None:
    image = open_photo(made.encode(made.quadrants(), kind))
    assert (image.mode, image.size) == ("RGB", (160, 120))
    assert_quadrants(image)


@pytest.mark.parametrize("kind", made.FORMATS)
def test_a_large_photo_of_any_format_comes_out_smaller_with_its_shape_kept(kind: str) -> None:
    image = open_photo(made.encode(made.quadrants(3000, 2001), kind), long_side=500)
    assert 375 <= image.width <= 500
    assert image.width / image.height == pytest.approx(1.5, abs=0.01)
    assert_quadrants(image)


def test_the_short_side_is_kept_large_enough_for_the_thumbs() -> None:
    for kind in ("JPEG", "PNG"):
        image = open_photo(made.encode(made.quadrants(4000, 1000), kind), long_side=1024, short_side=512)
        assert image.height >= 512, kind
        assert image.width == pytest.approx(4 * image.height, abs=4)


def test_a_small_photo_is_never_made_larger() -> None:
    assert open_photo(made.encode(made.quadrants(100, 60), "PNG"), long_side=1024, short_side=512).size == (
        100,
        60,
    )


INVERSE_TURNS = {**{k: v for k, v in opener._TURNS.items() if k not in (6, 8)}}
INVERSE_TURNS[6], INVERSE_TURNS[8] = Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_come_out_upright(kind: str, orientation: int) -> None:
    stored = made.quadrants()
    if orientation in INVERSE_TURNS:
        stored = stored.transpose(INVERSE_TURNS[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = open_photo(made.encode(stored, kind, exif=exif.tobytes()))
    assert image.size == (160, 120)
    assert_quadrants(image)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_unknown_orientation_leaves_the_photo_as_it_is(value: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = value
    assert_quadrants(open_photo(made.encode(made.quadrants(), "JPEG", exif=exif.tobytes())))


@pytest.mark.parametrize(
    "exif",
    [b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0nonsense that is no TIFF", b"Exif\0\0MM\0*\xff\xff\xff\xff"],
)
def test_damaged_exif_does_not_cost_the_photo(exif: bytes) -> None:
    assert_quadrants(open_photo(made.encode(made.quadrants(), "JPEG", exif=exif)))
    assert_quadrants(open_photo(made.encode(made.quadrants(), "WEBP", exif=exif)))


def test_an_orientation_that_only_xmp_tells_is_heeded() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="3"/></x:xmpmeta>'
    stored = made.quadrants().transpose(Image.Transpose.ROTATE_180)
    assert_quadrants(open_photo(made.encode(stored, "JPEG", xmp=xmp)))


@pytest.mark.parametrize(
    ("ink", "rgb"),
    [
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 0, 0), (255, 0, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 0, 0, 0), (255, 255, 255)),
    ],
)
@pytest.mark.parametrize("side", [64, 3000])
def test_cmyk_as_adobe_writes_it_keeps_its_colours(
    ink: tuple[int, ...], rgb: tuple[int, int, int], side: int
) -> None:
    data = made.encode(Image.new("CMYK", (side, side), ink), "JPEG")
    assert any(marker == 0xEE and body.startswith(b"Adobe") for marker, body in made.jpeg_segments(data))
    assert_near(colour_at(open_photo(data), 0.5, 0.5), rgb)


def test_cmyk_is_printed_by_its_own_profile() -> None:
    data = made.encode(Image.new("CMYK", (64, 64), (255, 0, 0, 0)), "JPEG", icc_profile=made.ink_profile())
    lab = lab_from_srgb(np.asarray(open_photo(data))).mean(axis=(0, 1))
    assert np.abs(lab - np.array([40, 60, -50])).max() < 6
    paper = made.encode(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", icc_profile=made.ink_profile())
    assert_near(colour_at(open_photo(paper), 0.5, 0.5), (255, 255, 255), within=6)


def _srgb_of_wide(rgb: tuple[int, int, int]) -> tuple[int, ...]:
    """What the made wide profile means in sRGB, by the matrices alone."""
    linear = (np.array(rgb) / 255) ** made.GAMMA
    linear = np.linalg.solve(made.SRGB_TO_XYZ_D50, made.P3_TO_XYZ @ linear).clip(0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return tuple(round(v * 255) for v in curved)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("rgb", [(200, 100, 50), (60, 180, 90), (128, 128, 128)])
def test_wide_gamut_colours_are_brought_to_srgb(kind: str, rgb: tuple[int, int, int]) -> None:
    data = made.encode(Image.new("RGB", (64, 64), rgb), kind, icc_profile=made.wide_profile())
    assert_near(colour_at(open_photo(data), 0.5, 0.5), _srgb_of_wide(rgb), within=5)


def test_the_wide_gamut_test_would_see_a_missing_conversion() -> None:
    assert max(abs(a - b) for a, b in zip(_srgb_of_wide((60, 180, 90)), (60, 180, 90), strict=True)) > 30


@pytest.mark.parametrize(
    "profile", [b"no profile at all", made.wide_profile()[:150], made.ink_profile(), b"\0" * 400]
)
def test_a_broken_or_foreign_profile_is_left_aside(profile: bytes) -> None:
    assert_quadrants(open_photo(made.encode(made.quadrants(), "JPEG", icc_profile=profile)))


def test_a_grey_photo_follows_a_grey_profile_and_an_rgb_one() -> None:
    grey = Image.new("L", (64, 64), 100)
    dark = open_photo(made.encode(grey, "JPEG", icc_profile=made.grey_profile(3.0)))
    assert colour_at(dark, 0.5, 0.5).max() < 85
    wide = open_photo(made.encode(grey, "PNG", icc_profile=made.wide_profile()))
    assert_near(colour_at(wide, 0.5, 0.5), _srgb_of_wide((100, 100, 100)), within=3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "HEIF", "GIF"])
def test_transparent_parts_become_white(kind: str) -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 50, 100))
    opened = open_photo(made.encode(image, kind))
    assert_near(colour_at(opened, 0.2, 0.5), (255, 0, 0))
    assert_near(colour_at(opened, 0.8, 0.5), (255, 255, 255))


def test_half_transparent_grey_is_mixed_with_white() -> None:
    opened = open_photo(made.encode(Image.new("LA", (64, 64), (0, 128)), "PNG"))
    assert_near(colour_at(opened, 0.5, 0.5), (127, 127, 127), within=2)


def test_the_colour_hidden_under_transparent_parts_does_not_bleed_when_reduced() -> None:
    image = Image.new("RGBA", (1000, 1000), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 499, 1000))
    row = np.asarray(open_photo(made.encode(image, "PNG"), long_side=100))[50].astype(int)
    assert (row[:, 0] <= row[:, 2]).all(), "red, which nobody could see, came through"


def test_a_palette_with_transparency_opens_on_white() -> None:
    image = Image.new("P", (64, 64), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 32, 64))
    opened = open_photo(made.encode(image, "PNG", transparency=0))
    assert_near(colour_at(opened, 0.25, 0.5), (255, 255, 255))
    assert_near(colour_at(opened, 0.75, 0.5), (0, 0, 255))


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_large_palette_picture_is_averaged_and_not_thinned_out(kind: str) -> None:
    checks = np.indices((1200, 1200)).sum(axis=0) % 2
    image = Image.fromarray((checks * 255).astype(np.uint8)).convert("P")
    opened = open_photo(made.encode(image, kind), long_side=100)
    assert_near(colour_at(opened, 0.5, 0.5), (127, 127, 127), within=2)


def test_a_grey_or_coloured_tone_marked_as_transparent_opens_on_white() -> None:
    grey = made.encode(Image.new("L", (64, 64), 7), "PNG", transparency=7)
    coloured = made.encode(Image.new("RGB", (64, 64), (9, 8, 7)), "PNG", transparency=(9, 8, 7))
    for data in (grey, coloured):
        assert_near(colour_at(open_photo(data), 0.5, 0.5), (255, 255, 255), within=0)


def test_black_and_white_pictures_open() -> None:
    image = Image.new("1", (64, 64), 0)
    image.paste(1, (0, 0, 32, 64))
    opened = open_photo(made.encode(image, "PNG"))
    assert colour_at(opened, 0.25, 0.5).tolist() == [255, 255, 255]
    assert colour_at(opened, 0.75, 0.5).tolist() == [0, 0, 0]


@pytest.mark.parametrize("value", [0, 300, 0x8034, 0xFFFF])
def test_sixteen_bit_grey_keeps_its_brightness(value: int) -> None:
    data = made.png(64, 64, 16, 0, struct.pack(">H", value) * 64 * 64)
    assert colour_at(open_photo(data), 0.5, 0.5).tolist() == [value >> 8] * 3


def test_sixteen_bit_grey_with_a_transparent_tone_opens() -> None:
    tone = made.chunk(b"tRNS", struct.pack(">H", 0x8034))
    data = made.png(64, 64, 16, 0, struct.pack(">H", 0x8034) * 64 * 64, tone)
    assert open_photo(data).size == (64, 64)


def test_sixteen_bit_colour_keeps_its_colour() -> None:
    data = made.png(64, 64, 16, 2, struct.pack(">HHH", 0xFF00, 0x8000, 0x1000) * 64 * 64)
    assert_near(colour_at(open_photo(data), 0.5, 0.5), (255, 128, 16), within=1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), name) for name in ("red", "blue", "lime")]
    data = made.encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert_near(colour_at(open_photo(data), 0.5, 0.5), (255, 0, 0))


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"hello",
        b"PK\3\4" + b"\0" * 100,
        b"%PDF-1.7\n%...",
        b"<!doctype html><html><script>alert(1)</script></html>",
        b"GIF8",
        b"\x89PNG",
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"MZ" + b"\0" * 200,
        bytes(range(256)),
    ],
)
def test_bytes_that_are_no_picture_are_refused_as_such(data: bytes) -> None:
    assert refusal(data) == "not_an_image"


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "JPEG2000", "PSD", "SVG", "MP4", "EPS", "JXL"])
def test_pictures_of_other_formats_are_refused_with_another_reason(kind: str) -> None:
    made_by_hand = {
        "PSD": b"8BPS\0\1" + b"\0" * 40,
        "SVG": b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "MP4": b"\0\0\0\x18ftypisom\0\0\2\0isommp42",
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n",
        "JXL": b"\xff\x0a" + b"\0" * 20,
    }
    if kind in made_by_hand:
        assert refusal(made_by_hand[kind]) == "unknown_format"
        return
    stream = BytesIO()
    made.quadrants().save(stream, kind)
    assert refusal(stream.getvalue()) == "unknown_format"


def test_how_many_bytes_there_may_be_is_the_settings_business() -> None:
    photo = made.encode(made.quadrants(), "JPEG")
    assert open_photo(photo + b"\0" * 30_000_000).size == (160, 120)


def _huge_gif() -> bytes:
    frame = b",\0\0\0\0" + struct.pack("<HH", 60001, 1000) + b"\0\2\2\x4c\1\0;"
    return b"GIF89a" + struct.pack("<HH", 64, 64) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame


def _huge_webp(side: int) -> bytes:
    extended = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + 2 * struct.pack("<I", side - 1)[:3]
    body = b"WEBP" + extended + b"ANIM" + struct.pack("<I", 6) + b"\0" * 6
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _huge_jpeg() -> bytes:
    data = made.encode(made.quadrants(), "JPEG")
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", 65000, 65000) + data[place + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        made.png(60001, 1000, 8, 2, b""),
        made.png(60001, 1000, 1, 0, b""),
        made.png(2**31 - 1, 2**31 - 1, 8, 6, b""),
        _huge_gif(),
        _huge_webp(16000),
        _huge_jpeg(),
    ],
    ids=["png", "png of one bit", "png of 4 exapixels", "gif with a small screen", "webp", "jpeg"],
)
def test_a_small_file_that_claims_too_many_pixels_is_refused_before_decoding(data: bytes) -> None:
    assert refusal(data) == "too_many_pixels"


def test_pillows_own_bomb_warning_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    frames = [Image.new("RGB", (12, 12), name) for name in ("red", "blue")]
    data = made.encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(Image.DecompressionBombWarning), opener._only_bomb_warnings():
        Image.open(BytesIO(data))


def test_sixty_megapixels_are_taken() -> None:
    assert (
        open_photo(made.png(10000, 6000, 1, 0, b"\xff" * (1250 * 6000)), long_side=600, short_side=0).width
        == 600
    )


def test_a_jpeg_of_endless_scans_is_refused_before_decoding() -> None:
    data = made.encode(Image.new("L", (2000, 2000), 128), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert open_photo(data[:-2] + last * 100 + b"\xff\xd9").size == (1000, 1000)
    assert refusal(data[:-2] + last * 800 + b"\xff\xd9") == "too_many_to_hold"


def test_a_text_chunk_that_unpacks_to_gigabytes_is_refused_or_passed_over() -> None:
    text = made.chunk(b"zTXt", b"comment\0\0" + zlib.compress(b"\0" * 100_000_000))
    assert refusal(made.png(64, 64, 8, 2, b"\0" * 64 * 64 * 3, text)) == "unreadable"


@pytest.mark.parametrize("size", [(47, 200), (200, 47), (1, 1)])
def test_pictures_below_48_px_are_too_small(size: tuple[int, int]) -> None:
    assert refusal(made.encode(Image.new("RGB", size), "PNG")) == "too_small"


def test_48_px_are_enough() -> None:
    assert open_photo(made.encode(Image.new("RGB", (48, 48)), "PNG")).size == (48, 48)


@pytest.mark.parametrize("kind", [k for k in made.FORMATS if k != "MPO"])
def test_a_truncated_file_is_refused_as_such_wherever_it_ends(kind: str) -> None:
    data = made.encode(made.noise(128, 96), kind)
    start = 40 if kind in ("AVIF", "HEIF") else 16  # before that a file is too short to be told from anything
    for end in np.linspace(start, len(data) * 0.97, 40).astype(int):
        assert refusal(data[:end]) == "truncated", f"{end} of {len(data)} bytes"


# --- photos as phones make them ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [(16382, 3690), (3690, 16382), (16320, 12240)], ids=["across", "upright", "200 MP"]
)
def test_panoramas_and_two_hundred_megapixels_are_taken(size: tuple[int, int]) -> None:
    stream = BytesIO()
    Image.new("RGB", size, "navy").save(stream, "JPEG", quality=50)
    image = open_photo(stream.getvalue(), long_side=1024, short_side=512)
    assert min(image.size) >= 512
    assert_near(colour_at(image, 0.5, 0.5), (0, 0, 128))


def test_a_progressive_jpeg_is_taken_as_far_as_memory_carries_it() -> None:
    data = made.encode(made.quadrants(640, 480), "JPEG", progressive=True)
    place = data.index(b"\xff\xc2") + 5

    def claiming(height: int, width: int) -> bytes:
        return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]

    assert jpeg.layout(claiming(15_500, 16_000)).held_bytes < opener.HELD_BYTES
    whole = made.encode(made.quadrants(640, 480), "JPEG", progressive=True, subsampling=0)
    place = whole.index(b"\xff\xc2") + 5
    full = whole[:place] + struct.pack(">HH", 12_000, 12_500) + whole[place + 4 :]
    assert jpeg.layout(full).held_bytes == 2 * 3 * 12_000 * 12_500 == opener.HELD_BYTES
    more = whole[:place] + struct.pack(">HH", 12_000, 12_501) + whole[place + 4 :]
    assert refusal(more) == "too_many_to_hold"


def test_what_a_jpeg_holds_in_memory_is_told_by_its_kind() -> None:
    picture = made.quadrants(640, 480)
    assert jpeg.layout(made.encode(picture, "JPEG")).held_bytes == 0
    assert jpeg.layout(made.encode(picture, "JPEG", progressive=True)).held_bytes == 3 * 640 * 480
    assert jpeg.layout(b"\xff\xd8\xff\xc2").held_bytes == 0


@pytest.mark.parametrize("size", [(1_200_000, 48), (48, 1_200_000), (2000, 99)])
def test_extreme_shapes_are_refused_by_their_header(size: tuple[int, int]) -> None:
    began = time.perf_counter()
    assert refusal(made.png(*size, 8, 2, b"")) == "too_narrow"
    assert time.perf_counter() - began < 0.2


def test_a_long_panorama_is_no_extreme_shape() -> None:
    assert open_photo(made.encode(made.quadrants(2000, 100), "PNG")).width == 1024


def _cut(data: bytes, share: float) -> bytes:
    """The first part of a JPEG with one scan: so much of its pixels, and no end mark."""
    begin = data.index(b"\xff\xda")
    return data[: begin + int((len(data) - begin) * share)]


@pytest.mark.parametrize("tail", [b"", b"\0" * 3000, b"some maker's own notes" * 40, b"SEFT\0\1\2\3"])
def test_a_jpeg_that_lacks_only_its_end_mark_is_taken_whole(tail: bytes) -> None:
    for options in ({}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}):
        whole = made.encode(made.quadrants(1600, 1200), "JPEG", **options)
        assert whole.endswith(b"\xff\xd9")
        expected = np.asarray(open_photo(whole)).astype(int)
        found = np.asarray(open_photo(whole[:-2] + tail)).astype(int)
        assert np.abs(found - expected).max() <= 1, options


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_whose_last_rows_lack_is_taken_without_any_filling(mode: str) -> None:
    whole = made.encode(made.noise(1600, 1200).convert(mode), "JPEG")
    image = open_photo(_cut(whole, 0.98), long_side=1600)
    assert 0.95 * 1200 <= image.height < 1200
    foot = np.asarray(image.crop((0, image.height - 4, image.width, image.height)))
    assert foot.std() > 20  # noise to the last row, not an even grey


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_jpeg_that_lacks_more_rows_is_refused(share: float) -> None:
    for mode in ("RGB", "L", "CMYK"):
        assert refusal(_cut(made.encode(made.noise(1600, 1200).convert(mode), "JPEG"), share)) == "truncated"
        assert refusal(_cut(made.encode(made.noise(1600, 1200).convert(mode), "JPEG"), share) + b"\0" * 9999)


def test_a_photo_with_a_grey_foot_of_its_own_is_whole() -> None:
    picture = made.quadrants(800, 600)
    picture.paste((128, 128, 128), (0, 500, 800, 600))
    assert open_photo(made.encode(picture, "JPEG")).size == (800, 600)


def test_a_progressive_jpeg_is_taken_once_every_row_is_there_and_refused_before() -> None:
    data = made.encode(made.noise(300, 200), "JPEG", progressive=True)
    scans = [found.start() for found in re.finditer(b"\xff\xda", data)]
    assert (
        len(scans) == 10
    )  # the fifth is the first with the last of the brightness, the others are finer bits
    for end in (scans[1], scans[3] + 50, scans[5] - 9):
        assert refusal(data[:end]) == "truncated"
    for end in (scans[6], scans[9] + 50):
        assert open_photo(data[:end]).size == (300, 200)


def test_damage_inside_a_whole_file_is_unreadable() -> None:
    data = bytearray(made.encode(made.noise(128, 96), "PNG"))
    data[len(data) // 2] ^= 0xFF
    assert refusal(bytes(data)) == "unreadable"


def test_pillow_is_never_told_to_accept_truncated_files() -> None:
    open_photo(made.encode(made.quadrants(), "JPEG"))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize("tail", [b"PK\3\4 archive", b"<script>alert(1)</script>", b"%PDF-1.7", b"\0" * 5000])
def test_what_is_hidden_behind_a_picture_does_not_come_through(tail: bytes) -> None:
    prepared = prepare(made.encode(made.quadrants(), "JPEG") + tail)
    assert all(tail not in out for out in (prepared.master, *prepared.thumbs.values()))


def test_only_the_decoder_of_the_recognised_format_is_tried() -> None:
    eps_in_jpeg = b"\xff\xd8\xff" + b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n"
    assert refusal(eps_in_jpeg) in ("unreadable", "truncated")


def test_a_heif_brand_around_something_else_is_unreadable() -> None:
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x10free" + b"\0" * 8
    assert refusal(data) == "unreadable"


@pytest.mark.parametrize(
    "box", [struct.pack(">I4s", 0, b"mdat") + b"\0" * 9, struct.pack(">I4s", 3, b"mdat")]
)
def test_odd_boxes_do_not_lead_astray(box: bytes) -> None:
    assert refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + box) == "unreadable"


def test_a_long_box_is_measured_by_its_long_size() -> None:
    box = struct.pack(">I4sQ", 1, b"mdat", 1000)
    assert refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + box) == "truncated"


def test_the_general_brand_is_told_apart_by_the_others() -> None:
    avif = made.encode(made.quadrants(), "AVIF")
    assert avif[8:12] == b"avif"
    assert_quadrants(open_photo(avif[:8] + b"mif1" + avif[12:]))
    heif = made.encode(made.quadrants(), "HEIF")
    assert heif[8:12] == b"heic"
    assert_quadrants(open_photo(heif[:8] + b"mif1" + heif[12:]))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "too_many_pixels"),
        (RuntimeError("Pixel allocation failed: Out of memory"), "too_many_pixels"),
        (RuntimeError("Memory allocation error: Unspecified"), "too_many_pixels"),
        (OSError("image file is truncated (4 bytes not processed)"), "truncated"),
        (SyntaxError("broken PNG file"), "unreadable"),
    ],
)
def test_each_failure_of_a_decoder_has_a_reason(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> Image.Image:
        raise error

    monkeypatch.setitem(opener._OPENERS, "PNG", fail)
    assert refusal(made.encode(made.quadrants(), "PNG")) == reason


# --- hostile bytes ----------------------------------------------------------------------------------------------


def _with_everything(kind: str) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Maker"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    options: dict[str, object] = {} if kind == "GIF" else {"exif": exif.tobytes()}
    if kind not in ("GIF", "HEIF"):
        options["icc_profile"] = made.wide_profile()
    return made.encode(made.noise(64, 56), kind, **options)


SEEDS = {kind: _with_everything(kind) for kind in made.FORMATS}
SEEDS["GIF animation"] = made.encode(
    made.noise(64, 56), "GIF", save_all=True, append_images=[made.noise(64, 56, seed=1)]
)
SEEDS["progressive CMYK"] = made.encode(
    Image.new("CMYK", (64, 64), (255, 9, 99, 0)), "JPEG", progressive=True, icc_profile=made.ink_profile()
)


def survives(data: bytes) -> None:
    try:
        prepared = prepare(data)
    except PhotoRefused:
        return
    assert set(prepared.thumbs) == {512, 128, 64}
    assert np.isfinite(prepared.descriptor).all()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(SEEDS)),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12
    ),
    near_the_start=st.booleans(),
)
def test_flipped_bytes_lead_to_a_photo_or_a_refusal(
    kind: str, flips: list[tuple[float, int]], near_the_start: bool
) -> None:
    data = bytearray(SEEDS[kind])
    reach = min(len(data), 700) if near_the_start else len(data)
    for place, value in flips:
        data[int(place * reach)] = value
    survives(bytes(data))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(SEEDS)),
    cut=st.floats(0, 1),
    again=st.floats(0, 1),
    junk=st.binary(max_size=40),
)
def test_cut_and_pasted_bytes_lead_to_a_photo_or_a_refusal(
    kind: str, cut: float, again: float, junk: bytes
) -> None:
    data = SEEDS[kind]
    survives(data[: int(cut * len(data))] + junk + data[int(again * len(data)) :])


@settings(max_examples=60, deadline=None)
@given(start=st.sampled_from([data[:24] for data in SEEDS.values()]), rest=st.binary(max_size=300))
def test_a_right_start_with_any_rest_leads_to_a_photo_or_a_refusal(start: bytes, rest: bytes) -> None:
    survives(start + rest)


# --- what comes out ---------------------------------------------------------------------------------------------

JFIF, TABLES_AND_FRAME = 0xE0, {0xDB, 0xC0, 0xC2, 0xC4, 0xDA}


@pytest.mark.parametrize("kind", sorted(SEEDS))
def test_no_metadata_survives(kind: str) -> None:
    prepared = prepare(SEEDS[kind])
    for data in (prepared.master, *prepared.thumbs.values()):
        for marker, body in made.jpeg_segments(data):
            assert marker in TABLES_AND_FRAME or (
                marker == JFIF and body.startswith(b"JFIF\0") and len(body) == 14
            )


def test_comments_and_text_do_not_survive() -> None:
    jpeg = made.encode(made.quadrants(), "JPEG", comment=b"taken at home", xmp=b"<x>secret</x>")
    assert b"taken at home" in jpeg
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "taken at home")
    text.add_itxt("XML:com.adobe.xmp", "<x>secret</x>")
    png = made.encode(made.quadrants(), "PNG", pnginfo=text)
    gif = made.encode(made.quadrants(), "GIF", comment=b"taken at home")
    for data in (jpeg, png, gif):
        prepared = prepare(data)
        for out in (prepared.master, *prepared.thumbs.values()):
            assert b"taken at home" not in out
            assert b"secret" not in out
            assert {marker for marker, _ in made.jpeg_segments(out)} <= TABLES_AND_FRAME | {JFIF}


@pytest.mark.parametrize("size", [(48, 48), (60, 200), (640, 480), (3000, 2000), (700, 2400), (5000, 500)])
def test_thumbs_have_exact_sizes_and_the_master_keeps_the_shape(size: tuple[int, int]) -> None:
    prepared = prepare(made.encode(made.quadrants(*size), "JPEG"))
    for side, thumb in prepared.thumbs.items():
        with Image.open(BytesIO(thumb)) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (side, side))
    with Image.open(BytesIO(prepared.master)) as master:
        assert max(master.size) <= 1024
        assert max(master.size) >= min(max(size), 768)
        assert master.width / master.height == pytest.approx(size[0] / size[1], rel=0.02)


def test_thumbs_are_as_sharp_as_when_made_from_the_full_photo() -> None:
    grey = made.noise(40, 30).convert("L").convert("RGB").resize((2400, 1800), Image.Resampling.BICUBIC)
    prepared = prepare(made.encode(grey, "PNG"), Crop(0.5, 0.5))
    for side, thumb in prepared.thumbs.items():
        stream = BytesIO()
        direct = grey.resize((side, side), Image.Resampling.LANCZOS, box=(300, 0, 2100, 1800))
        direct.save(stream, "JPEG", quality=90)
        ours, best = (
            np.asarray(Image.open(BytesIO(data))).astype(float) for data in (thumb, stream.getvalue())
        )
        error, best_error = (np.sqrt(np.mean((image - np.asarray(direct)) ** 2)) for image in (ours, best))
        assert error < best_error + 1, side


def test_the_same_bytes_give_the_same_result() -> None:
    data = made.encode(made.noise(300, 200), "JPEG")
    first, second = prepare(data), prepare(data)
    assert (first.master, first.thumbs, first.crop) == (second.master, second.thumbs, second.crop)
    np.testing.assert_array_equal(first.descriptor, second.descriptor)


# --- descriptor -------------------------------------------------------------------------------------------------


def test_a_descriptor_is_the_mean_lab_of_sixteen_parts_in_reading_order() -> None:
    colours = np.random.default_rng(5).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    square = colours.repeat(16, axis=0).repeat(16, axis=1)
    descriptor = describe(square)
    assert descriptor.dtype == np.float32
    np.testing.assert_allclose(descriptor.reshape(4, 4, 3), lab_from_srgb(colours), atol=1e-3)


def test_a_descriptor_is_the_mean_of_lab_and_not_the_lab_of_the_mean() -> None:
    checks = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    np.testing.assert_allclose(describe(np.stack([checks] * 3, axis=-1))[::3], 50, atol=0.01)


@pytest.mark.parametrize("shape", [(0, 0, 3), (6, 6, 3), (8, 12, 3), (8, 8, 4)])
def test_a_descriptor_needs_a_square_that_can_be_parted(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        describe(np.zeros(shape, np.uint8))


def test_a_prepared_photo_is_described_from_its_square() -> None:
    prepared = prepare(made.encode(made.quadrants(400, 400), "PNG"))
    parts = prepared.descriptor.reshape(4, 4, 3)
    for name, (column, row) in made.QUADRANTS.items():
        rgb = np.asarray(Image.new("RGB", (1, 1), name))[0, 0]
        np.testing.assert_allclose(parts[row * 3, column * 3], lab_from_srgb(rgb), atol=1)


# --- crop -------------------------------------------------------------------------------------------------------


def _with_subject(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", size, (90, 120, 150))
    image.paste(made.noise(box[2] - box[0], box[3] - box[1]).resize((box[2] - box[0], box[3] - box[1])), box)
    image.paste((220, 40, 30), (box[0], box[1], box[2], (box[1] + box[3]) // 2))
    return image


@pytest.mark.parametrize("left", [0, 40, 200, 350, 500, 640])
def test_a_subject_lies_whole_within_the_square(left: int) -> None:
    subject = (left, 100, left + 160, 300)
    crop_left, crop_top, side = choose_crop(_with_subject((800, 400), subject))
    assert (crop_top, side) == (0, 400)
    assert crop_left <= subject[0] + 4
    assert crop_left + side >= subject[2] - 4


@pytest.mark.parametrize("top", [0, 300, 640])
def test_the_same_holds_upright(top: int) -> None:
    crop_left, crop_top, side = choose_crop(_with_subject((400, 800), (100, top, 300, top + 160)))
    assert (crop_left, side) == (0, 400)
    assert crop_top <= top + 4
    assert crop_top + side >= top + 156


def test_a_subject_in_the_middle_keeps_the_square_in_the_middle() -> None:
    left, _, _ = choose_crop(_with_subject((800, 400), (320, 100, 480, 300)))
    assert left == pytest.approx(200, abs=12)


@pytest.mark.parametrize("size", [(800, 400), (400, 800), (401, 400), (3000, 48)])
def test_a_flat_picture_is_cut_in_the_middle(size: tuple[int, int]) -> None:
    left, top, side = choose_crop(Image.new("RGB", size, (40, 80, 120)))
    assert side == min(size)
    assert left == pytest.approx((size[0] - side) / 2, abs=1)
    assert top == pytest.approx((size[1] - side) / 2, abs=1)


def test_even_noise_is_cut_near_the_middle() -> None:
    left, _, _ = choose_crop(made.noise(800, 400))
    assert 140 <= left <= 260


def test_a_square_is_taken_whole() -> None:
    assert choose_crop(made.noise(300, 300)) == (0, 0, 300)
    assert prepare(made.encode(made.noise(300, 300), "PNG")).crop == Crop(0.5, 0.5)


@pytest.mark.parametrize(("x", "name"), [(0.0, "red"), (1.0, "lime")])
def test_the_contributor_may_move_the_square(x: float, name: str) -> None:
    strip = made.quadrants(1000, 400).crop((0, 0, 1000, 200))
    prepared = prepare(made.encode(strip, "PNG"), Crop(x=x, y=0.5))
    assert prepared.crop == Crop(x=x, y=0.5)
    image = Image.open(BytesIO(prepared.thumbs[128]))
    rgb = np.asarray(Image.new("RGB", (1, 1), name))[0, 0]
    assert_near(colour_at(image, 0.5, 0.5), tuple(int(v) for v in rgb))


def test_only_the_longer_side_can_be_moved() -> None:
    tall = made.encode(made.noise(200, 500), "PNG")
    assert prepare(tall, Crop(x=0.9, y=0.2)).crop == Crop(x=0.5, y=0.2)


@pytest.mark.parametrize(("x", "y"), [(-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_a_crop_outside_the_photo_is_an_error(x: float, y: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Crop(x, y)


# --- behaviour of the module ------------------------------------------------------------------------------------


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_nothing_is_registered_or_loaded_for_heif_on_import() -> None:
    code = "import sys, worker.pictures.photos; sys.exit('pillow_heif' in sys.modules)"
    assert _python(code).returncode == 0


def test_warnings_outside_are_left_as_they_were() -> None:
    before = list(warnings.filters)
    open_photo(made.encode(made.quadrants(), "PNG"))
    assert warnings.filters == before
