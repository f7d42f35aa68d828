"""How long functions and modules are, by room.

    python -m bench.sizes [FOLDER]

FOLDER is a checkout, this one by default. A function counts from its `def` line to its end, docstring included; methods
and functions within functions count by themselves too.
"""

import ast
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOMS = {"web": "plugin/web", "plugin": "plugin", "worker": "worker"}  # the first that fits
NOT_OURS = ("migrations", "node_modules", "dist")
AT_MOST = {"web": (5, 14), "plugin": (6, 17), "worker": (7, 18)}  # median and 90th percentile that we aim at
LONGEST = 10


@dataclass(frozen=True)
class Function:
    """Where a function begins, and how many lines it has."""

    lines: int
    name: str
    place: str


def functions(path: Path, place: str) -> Iterator[Function]:
    """The functions of a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(lines, node.name, f"{place}:{node.lineno}")


def percentile(lengths: list[int], share: float) -> int:
    """The length that this share of the functions does not exceed (nearest rank)."""
    return sorted(lengths)[math.ceil(len(lengths) * share) - 1]


def modules(root: Path) -> dict[str, list[Path]]:
    """The modules of each room."""
    found: dict[str, list[Path]] = {room: [] for room in ROOMS}
    for path in sorted(each for top in ("plugin", "worker") for each in (root / top).rglob("*.py")):
        place = path.relative_to(root)
        if not set(place.parts) & set(NOT_OURS):
            room = next(room for room, folder in ROOMS.items() if place.is_relative_to(folder))
            found[room].append(path)
    return found


def main(root: Path) -> None:
    sizes = []
    for room, paths in modules(root).items():
        known = [each for path in paths for each in functions(path, str(path.relative_to(root)))]
        sizes += [(len(path.read_text().splitlines()), str(path.relative_to(root))) for path in paths]
        lengths = [each.lines for each in known]
        median, ninetieth = percentile(lengths, 0.5), percentile(lengths, 0.9)
        print(f"{room}: {len(known)} functions, median {median}, 90th percentile {ninetieth}", end="")
        print("; at most {} and {} are aimed at".format(*AT_MOST[room]))
        for each in sorted(known, key=lambda each: -each.lines)[:LONGEST]:
            print(f"  {each.lines:4} {each.name}  {each.place}")
    print("largest modules:")
    for lines, place in sorted(sizes, reverse=True)[:LONGEST]:
        print(f"  {lines:4} {place}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).parents[1])
