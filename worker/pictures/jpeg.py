"""What a JPEG says about itself between its pixels (ITU-T T.81, annex B): how it is stored, and whether it has its end.

Pure: bytes in, facts out. Nothing is decoded, and nothing here fails: what is damaged is left for the decoder to say.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

END = b"\xff\xd9"

# A marker with a length behind it: not a stuffed zero, a restart, a start or a fill byte (B.1.1).
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_COEFFICIENTS = 64  # of a block
_COEFFICIENT_BYTES = 2  # in a decoder's memory


@dataclass(frozen=True)
class Frame:
    is_progressive: bool
    pixels: int
    components: dict[int, tuple[int, int]]  # id -> samples across and down, relative to the others


@dataclass(frozen=True)
class Layout:
    """How a JPEG is stored, as far as it goes."""

    frame: Frame | None
    scans: list[bytes] = field(default_factory=list)  # their headers
    has_end: bool = False

    @property
    def held_bytes(self) -> int:
        """What a decoder must hold of the whole picture before the first row comes out; 0: it goes row by row."""
        if self.frame is None or not (self.frame.is_progressive or self._is_parted):
            return 0
        samples = [across * down for across, down in self.frame.components.values()]
        largest = max((across for across, _ in self.frame.components.values()), default=1) * max(
            (down for _, down in self.frame.components.values()), default=1
        )
        return _COEFFICIENT_BYTES * self.frame.pixels * sum(samples) // max(largest, 1)

    @property
    def has_every_row(self) -> bool:
        """Whether scans that came to their end held each coefficient once: what still lacks are last bits of it."""
        if self.frame is None:
            return False
        seen = {component: set[int]() for component in self.frame.components}
        for scan in self.scans if self.has_end else self.scans[:-1]:
            components, first, last = _told(scan)
            for component in components:
                seen.get(component, set()).update(range(first, last + 1))
        return all(len(each) >= _COEFFICIENTS for each in seen.values())

    @property
    def _is_parted(self) -> bool:
        """Whether components come one after the other instead of together."""
        return self.frame is not None and any(
            len(_told(scan)[0]) < len(self.frame.components) for scan in self.scans
        )


def layout(data: bytes) -> Layout:
    """Go through a JPEG's markers up to its end, or as far as there are any."""
    frame: Frame | None = None
    scans: list[bytes] = []
    for marker, body in _segments(data):
        if marker == _END_OF_IMAGE:
            return Layout(frame, scans, has_end=True)
        if marker == _START_OF_SCAN:
            scans.append(body)
        elif marker in _START_OF_FRAME and frame is None:
            frame = _frame(marker, body)
    return Layout(frame, scans)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment, in order; what is between scans' headers is passed over."""
    position = 2
    while found := _MARKER.search(data, position):
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        yield data[found.start() + 1], data[found.end() + 2 : found.end() + length]
        position = found.end() + length


def _frame(marker: int, body: bytes) -> Frame:
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    components = {body[at]: (body[at + 1] >> 4, body[at + 1] & 15) for at in range(6, len(body) - 2, 3)}
    return Frame(marker in _PROGRESSIVE, width * height, components)


def _told(scan: bytes) -> tuple[Sequence[int], int, int]:
    """The components of a scan, its first coefficient and its last."""
    count = scan[0] if scan else 0
    band = scan[1 + 2 * count : 3 + 2 * count]
    if len(band) < 2:
        return (), 0, -1
    return scan[1 : 1 + 2 * count : 2], band[0], band[1]
