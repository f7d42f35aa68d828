"""Sizes of paper that a poster can be made for, at its 300 dots an inch. Lengths are those of the sheet upright."""

from dataclasses import dataclass

DPI = 300
MM_AN_INCH = 25.4


@dataclass(frozen=True)
class Paper:
    """`width` and `height` in millimetres, or in inches; upright."""

    width: float
    height: float
    inches: bool = False

    def pixels(self, *, wide: bool) -> tuple[int, int]:
        """Width and height in px; `wide` lays it on its side."""
        unit = 1.0 if self.inches else MM_AN_INCH
        short, long = (round(side / unit * DPI) for side in (self.width, self.height))
        return (long, short) if wide else (short, long)


PAPERS = {
    "a4": Paper(210, 297),
    "a3": Paper(297, 420),
    "a2": Paper(420, 594),
    "a1": Paper(594, 841),
    "a0": Paper(841, 1189),
    "letter": Paper(8.5, 11, inches=True),
    "tabloid": Paper(11, 17, inches=True),
    "arch_c": Paper(18, 24, inches=True),
    "arch_d": Paper(24, 36, inches=True),
}


def page_of(name: str, columns: int, rows: int) -> tuple[int, int]:
    """Width and height in px of the sheet, lying as the wall does. KeyError for a paper that we do not know."""
    return PAPERS[name].pixels(wide=columns > rows)
