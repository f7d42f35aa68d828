"""Opens pictures that strangers sent: any bytes in, an upright sRGB picture or a refusal out.

Nothing here trusts the sender: the format is read from the first bytes (never from a name), its own decoder is called
directly (no other decoder is ever tried), limits are checked before a pixel is decoded, and whatever a decoder raises
becomes a `PhotoRefused` with a reason that people can be told. What comes out holds pixels and nothing else.
"""

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import ExifTags, Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from worker.pictures import jpeg
from worker.pictures.shrinking import ask_for_less, shrink

MAX_PIXELS = 60_000_000  # every phone up to 50 megapixels; more would not fit a small machine's memory
MAX_HEIF_PIXELS = 120_000_000  # at eight bytes each; 200 megapixels would need more than a worker's 1,536 MB
MAX_JPEG_PIXELS = 250_000_000  # 200 megapixels and panoramas: a JPEG can be decoded small, row by row
HELD_BYTES = 900_000_000  # what a JPEG that does not go row by row may take of a worker's 1,536 MB
MOST_NARROW = 20  # times as long as wide; panoramas are up to ten
ROWS_WANTED = 0.95  # of a JPEG that lacks its end
# The smallest profile picture that a platform hands out (Microsoft Graph: 48x48). Below it even the 64 px thumb would
# be stretched by more than a third; such pictures are icons and tracking pixels.
MIN_SIDE = 48

Reason = Literal[
    "not_an_image",
    "unknown_format",
    "truncated",
    "too_many_pixels",
    "too_many_to_hold",
    "too_narrow",
    "too_small",
    "blank",
    "unreadable",
    "lost",
    "sexual",
]
Family = Literal["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF"]


class PhotoRefused(Exception):  # noqa: N818 (nothing went wrong: it is an answer)
    """A photo that cannot be taken; `reason` is a code for which the pages have words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


# What decoders raise for damaged files, each met in practice. UnidentifiedImageError is an OSError.
_DAMAGE = (
    OSError,
    SyntaxError,  # most plugins, for a wrong header
    ValueError,
    EOFError,
    RuntimeError,  # libheif
    struct.error,  # EXIF and chunk headers that end early
    zlib.error,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_SIGNATURES: tuple[tuple[bytes, Family], ...] = (
    (b"\xff\xd8\xff", "JPEG"),  # MPO (two JPEGs in a row) as well: its first picture is the photo
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"hevx",
    b"hevm",
    b"hevs",
    b"mif1",
    b"mif2",
    b"msf1",
}
# Pictures and films that we know and do not take: the sender can save them as something else.
_OTHER_PICTURES = (
    b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM", b"8BPS", b"\0\0\1\0", b"\xff\x0a", b"\xff\x4f\xff\x51",
    b"\0\0\0\x0cJXL ", b"\0\0\0\x0cjP  ", b"%!PS", b"<svg", b"gimp xcf", b"IIRO", b"FUJIFILM", b"qoif", b"DDS ",
)  # fmt: skip


Paper = Callable[[Image.Image], str]  # an LA or RGBA picture -> the colour that goes under it


def open_photo(
    data: bytes, *, long_side: int = 1024, short_side: int = 0, paper: Paper = lambda _image: "white"
) -> Image.Image:
    """Decode a picture as upright RGB in sRGB, without metadata, made smaller but never larger.

    Transparent ones are laid on `paper`, white unless the caller chooses.

    The long side comes out at `long_side` or down to a quarter less (where a JPEG can be decoded small at once),
    unless that takes the short side below `short_side`: then the short side is kept at that. Animations give their
    first frame. Raises PhotoRefused, and nothing else.
    """
    family = _recognise(data)
    with _only_bomb_warnings():
        try:
            return _decode(data, family, (long_side, short_side), paper)
        except _DAMAGE as error:
            raise PhotoRefused(_reason(error, family, data)) from error


def open_see_through(data: bytes, *, long_side: int, least: int = MIN_SIDE) -> Image.Image:
    """The same as RGBA: what is transparent stays so. `least` is what a side has to have in px."""
    family = _recognise(data)
    with _only_bomb_warnings():
        try:
            return _decode_see_through(data, family, long_side, least)
        except _DAMAGE as error:
            raise PhotoRefused(_reason(error, family, data)) from error


def _recognise(data: bytes) -> Family:
    for signature, family in _SIGNATURES:
        if data.startswith(signature):
            return family
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _family_of_brands(data)
    known = data.lstrip()[:16].startswith(_OTHER_PICTURES) or b"<svg" in data[:1024]
    raise PhotoRefused("unknown_format" if known else "not_an_image")


def _family_of_brands(data: bytes) -> Family:
    """Tell AVIF from HEIF (ISO/IEC 23008-12): by the main brand, else by the compatible ones."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    compatible = {data[start : start + 4] for start in range(16, end, 4)}
    for brands in ({data[8:12]} - {b"mif1", b"msf1"}, compatible, {data[8:12]}):
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIF_BRANDS:
            return "HEIF"
    raise PhotoRefused("unknown_format")


def _heif_file(stream: BytesIO) -> ImageFile:
    """Open HEIF; the library is loaded at the first such photo only, for it is large and its use is global state."""
    from pillow_heif import HeifImageFile

    opened: ImageFile = HeifImageFile(stream)  # type: ignore[no-untyped-call]
    return opened


_OPENERS: dict[Family, Callable[[BytesIO], ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "WEBP": WebPImageFile,
    "AVIF": AvifImageFile,
    "HEIF": _heif_file,
}


@contextmanager
def _only_bomb_warnings() -> Iterator[None]:
    """Make Pillow's warning of decompression bombs an error, and be silent on all others (odd EXIF and the like)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _decode(data: bytes, family: Family, sides: tuple[int, int], paper: Paper) -> Image.Image:
    image = _pixels(data, family, sides, MIN_SIDE)
    small = _to_srgb(_on_paper(shrink(image, *sides), paper), image.info.get("icc_profile"))
    return _upright(small, image)


def _decode_see_through(data: bytes, family: Family, long_side: int, least: int) -> Image.Image:
    image = _pixels(data, family, (long_side, 0), least)
    small = shrink(image, long_side, 0)
    alpha = small.getchannel("A") if small.mode in ("LA", "RGBA") else None
    opaque = small.convert(small.mode[:-1]) if alpha is not None else small
    coloured = _to_srgb(opaque, image.info.get("icc_profile")).convert("RGBA")
    if alpha is not None:
        coloured.putalpha(alpha)
    return _upright(coloured, image)


def _pixels(data: bytes, family: Family, sides: tuple[int, int], least: int) -> Image.Image:
    opened = _OPENERS[family](BytesIO(data))
    _check_size(opened.size, family, least)
    if family == "JPEG":
        return _decode_jpeg(opened, data, sides)
    opened.load()
    _check_size(opened.size, family, least)  # HEIF may turn out to be of another size than its header says
    return opened


def _upright(small: Image.Image, image: Image.Image) -> Image.Image:
    """What was made of an image, turned as that says, and nothing of it but pixels."""
    orientation = _orientation(image)  # after load(): PNG may carry it behind the pixels
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    small.info = {}  # Pillow would write a comment found here into the next JPEG
    return small


_MOST_PIXELS: dict[Family, int] = {"JPEG": MAX_JPEG_PIXELS, "HEIF": MAX_HEIF_PIXELS}


def _check_size(size: tuple[int, int], family: Family, least: int) -> None:
    if size[0] * size[1] > _MOST_PIXELS.get(family, MAX_PIXELS):
        raise PhotoRefused("too_many_pixels")
    if min(size) < least:
        raise PhotoRefused("too_small")
    if max(size) > MOST_NARROW * min(size):
        raise PhotoRefused("too_narrow")


# Pixels times scans that we let one JPEG cost. Cameras and web servers write 1 to 12 scans; a scan that holds nothing
# takes 14 bytes and, at 60 megapixels, 30 ms of decoding, so that a file of 280 KB could keep a worker busy for 15 s.
_SCANNED_PIXELS = 12 * MAX_JPEG_PIXELS
_FILLING = 128  # what libjpeg gives for blocks that are not there, in each channel
_EDGE = 8  # px at a row's end


def _decode_jpeg(image: ImageFile, data: bytes, sides: tuple[int, int]) -> Image.Image:
    """Decode a JPEG at a size near to the wanted one, also where its end lacks but its rows are there.

    Browsers and galleries show such files whole, so their owners do not know.
    """
    layout = jpeg.layout(data)
    scanned = (
        len(layout.scans) * image.width * image.height
    )  # the same pixels may be gone through again and again
    if scanned > _SCANNED_PIXELS or layout.held_bytes > HELD_BYTES:
        raise PhotoRefused("too_many_to_hold")
    if layout.has_end:
        ask_for_less(image, *sides)
        image.load()
        return image
    if layout.held_bytes and not layout.has_every_row:
        raise PhotoRefused("truncated")
    ended = JpegImageFile(BytesIO(data.rstrip(b"\0") + jpeg.END))
    ask_for_less(ended, *sides)
    ended.load()
    return ended if layout.held_bytes else _without_filling(ended)


def _without_filling(image: ImageFile) -> Image.Image:
    """A picture without the grey rows at its foot that the decoder made up."""
    ends = np.asarray(image.crop((image.width - _EDGE, 0, image.width, image.height)), dtype=np.int16)
    differ = (np.abs(ends.reshape(image.height, -1) - _FILLING) > 1).any(axis=1)
    rows = int(np.flatnonzero(differ).max(initial=-1)) + 1
    if rows < ROWS_WANTED * image.height:
        raise PhotoRefused("truncated")
    return image if rows == image.height else image.crop((0, 0, image.width, rows))


def _on_paper(image: Image.Image, paper: Paper) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    opaque = image.mode[:-1]
    sheet = Image.new(opaque, image.size, paper(image))
    sheet.paste(image.convert(opaque), mask=image.getchannel("A"))
    return sheet


_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Convert L, RGB or CMYK by its ICC profile; one that is broken or of another kind of colour is left aside."""
    if isinstance(profile, bytes) and profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            space = _SPACES.get(source.profile.xcolor_space)
            if image.mode == "L" and space == "RGB":
                image = image.convert("RGB")
            if image.mode == space:
                target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
                return ImageCms.ImageCmsTransform(source, target, image.mode, "RGB").apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")


# EXIF 2.3, tag 0x0112: what to do to see the picture upright. 1 and unknown values: nothing.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> object:
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except (
        *_DAMAGE,
        TypeError,
        KeyError,
        IndexError,
    ):  # EXIF that is damaged says nothing; the photo is still good
        return None


def _reason(error: Exception, family: Family, data: bytes) -> Reason:
    if isinstance(error, MemoryError | Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "too_many_pixels"
    words = str(error).lower()
    if "out of memory" in words or "memory allocation" in words:  # libavif, libheif
        return "too_many_pixels"
    if "truncated" in words or _ends_early(family, data):
        return "truncated"
    return "unreadable"


def _ends_early(family: Family, data: bytes) -> bool:
    """Tell whether a file that could not be decoded misses its end, so that sending it again may help."""
    match family:
        case "JPEG":
            return not data.rstrip(b"\0").endswith(b"\xff\xd9")
        case "PNG":
            return b"IEND" not in data
        case "GIF":
            return not data.endswith(b";")
        case "WEBP":
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case _:
            return _box_ends_early(data)


def _box_ends_early(data: bytes) -> bool:
    """Walk the top-level boxes of an ISO base media file (ISO/IEC 14496-12) and look for one that is cut."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        elif size == 0:
            return False  # this box lasts to the end of the file, wherever that is
        if size < 8:
            return False
        position += size
    return position != len(data)
