"""An event's accent, so that it can be seen on light and on dark ground, and what is written on it can be read. Pure.

Luminance and contrast as in WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import colorsys
import re
from dataclasses import dataclass

LIGHT, DARK = "#ffffff", "#201b17"  # the papers of colours.css, of the dark ones the lightest
INKS = ("#2b1b0c", "#ffffff", "#000000")  # what is written on an accent, ours first
SEEN_ON_LIGHT = 1.6  # as our own: what it marks is said by words or a shape too
SEEN_ON_DARK = 4.5  # the stage writes minutes in it
READ = 5.0  # a button that is pressed comes a little nearer to its ink
STEPS = 50
HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Accent:
    """A colour and the one of what is written on it."""

    colour: str
    ink: str


def on_light(accent: str) -> Accent:
    """A darker one where the accent would not be seen on light ground."""
    return _fitted(accent, LIGHT, SEEN_ON_LIGHT, 0.0)


def on_dark(accent: str) -> Accent:
    """A lighter one where the accent would not be seen on dark ground."""
    return _fitted(accent, DARK, SEEN_ON_DARK, 1.0)


def style(accent: str) -> str:
    """The style sheet of an event with this accent; whoever asked for more contrast keeps ours."""
    light, dark = _rule(on_light(accent)), _rule(on_dark(accent))
    return (
        f':root:not([data-theme="contrast"]) {light}\n'
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {dark} }}\n"
        f':root[data-theme="dark"], .stage {dark}\n'
    )


def _rule(accent: Accent) -> str:
    return f"{{ --accent: {accent.colour}; --on-accent: {accent.ink} }}"


def _fitted(accent: str, ground: str, enough: float, lightness: float) -> Accent:
    for step in range(STEPS + 1):
        colour = _towards(accent, lightness, step / STEPS)
        ink = next((each for each in INKS if contrast(colour, each) >= READ), None)
        if ink is not None and contrast(colour, ground) >= enough:
            return Accent(colour, ink)
    raise AssertionError("black is seen on light ground and white on dark")


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _towards(colour: str, lightness: float, share: float) -> str:
    """Lighter or darker by a share of the way, and of the same hue."""
    hue, own, saturation = colorsys.rgb_to_hls(*(value / 255 for value in _channels(colour)))
    changed = colorsys.hls_to_rgb(hue, own + (lightness - own) * share, saturation)
    return f"#{bytes(round(255 * value) for value in changed).hex()}"


def _channels(colour: str) -> bytes:
    return bytes.fromhex(colour[1:])
