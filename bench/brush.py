"""Photos painted by our own code.

Real photos belong to those who took them, so no picture made of them is committed. These are parts of our own built-in
pictures, in other colours and light. They are fewer things than real photos are, and better lit.
"""

from functools import cache

import numpy as np
from PIL import Image

from worker.pictures.builtin.gallery import draw
from worker.pictures.color import Pixels

SCENES = ("sunrise", "coffee", "balloons", "lighthouse")
SIDE = 120
SMALLEST, LARGEST = 70, 420  # px of a scene that a photo shows


@cache
def painted(count: int) -> Pixels:
    """`count` painted photos, (count, 120, 120, 3)."""
    scenes = [Image.fromarray(draw(name)) for name in SCENES]
    return np.stack([_photo(scenes, np.random.default_rng(number)) for number in range(count)])


def _photo(scenes: list[Image.Image], chance: np.random.Generator) -> Pixels:
    """A part of a scene, perhaps mirrored, with another hue, strength of colour and light."""
    scene = scenes[chance.integers(len(scenes))]
    side = int(np.exp(chance.uniform(np.log(SMALLEST), np.log(LARGEST))))
    left, top = chance.integers(scene.width - side), chance.integers(scene.height - side)
    part = scene.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    if chance.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    hue, strength, light = np.moveaxis(np.asarray(part.convert("HSV")).astype(float), 2, 0)
    hue = (hue + 255 * chance.normal(0, 0.12)) % 256
    strength = strength * chance.uniform(0.1, 1.1)
    light = 255 * (light / 255) ** np.exp(chance.normal(0, 0.6))
    changed = np.stack([hue, np.clip(strength, 0, 255), np.clip(light, 0, 255)], axis=2).astype(np.uint8)
    return np.asarray(Image.fromarray(changed, "HSV").convert("RGB"))
