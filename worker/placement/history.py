"""The placement log as steps of a film: each change names the cells it touched, a new grid names them all. Pure.

A change that begins a new grid holds the whole wall, packed by `whole`. Changes written before that was so hold
nothing of it: `steps` leaves such a grid out, except the last, whose beginning it works out from the wall as it is now.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]  # (n, 4): cell, photo id, 1 in its home, which detail of the photo


@dataclass(frozen=True)
class Step:
    """One revision of a wall in the log: what the named cells show from now on.

    A step whose `generation` differs from the one before begins a new grid of `columns` x `rows`, and names all its
    cells.
    """

    revision: int
    generation: int
    columns: int
    rows: int
    cells: Cells


@dataclass(frozen=True)
class Now:
    """The wall as it is: (columns * rows,) photo ids, whether each cell is a home, and details."""

    generation: int
    columns: int
    rows: int
    shown: NDArray[np.uint32]
    is_home: NDArray[np.bool_]
    details: NDArray[np.uint8]


def whole(
    columns: int, rows: int, shown: NDArray[Any], is_home: NDArray[np.bool_], details: NDArray[np.uint8]
) -> dict[str, Any]:
    """All cells of a wall as a change keeps them: JSON, packed (about a byte and a half for each cell)."""
    return {
        "columns": columns,
        "rows": rows,
        "shown": _packed(shown.astype("<u4").tobytes()),
        "homes": _packed(np.packbits(is_home).tobytes()),
        "details": _packed(details.tobytes()),
    }


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def all_cells(shown: NDArray[Any], is_home: NDArray[np.bool_], details: NDArray[np.uint8]) -> Cells:
    """Every cell as a step names it: (cells, 4)."""
    return np.stack([np.arange(shown.size), shown, is_home, details], axis=1).astype(np.int64)


def listed_cells(cells: Sequence[Sequence[int]] | Cells) -> Cells:
    """Cells as a change lists them; changes of before there were details name three numbers of each."""
    if isinstance(cells, np.ndarray) and cells.shape[1:] == (4,):
        return cells
    return np.array([[*cell, 0][:4] for cell in cells], np.int64).reshape(-1, 4)


def _read(grid: Mapping[str, Any]) -> Cells:
    shown = np.frombuffer(_unpacked(grid["shown"]), "<u4")
    homes = np.frombuffer(_unpacked(grid["homes"]), np.uint8)
    is_home = np.unpackbits(homes, count=shown.size).astype(bool)
    known = grid.get("details")
    details = np.frombuffer(_unpacked(known), np.uint8) if known else np.zeros(shown.size, np.uint8)
    return all_cells(shown, is_home, details)


def steps(changes: Iterable[Mapping[str, Any]], now: Now) -> list[Step]:
    """The changes, oldest first, as steps. Those that show nothing new (tiles were drawn) are left out.

    The last step leaves the wall as it is now.
    """
    told: list[Step] = []
    for generation, logged in _by_generation(changes).items():
        told += _told(generation, logged, now if generation == now.generation else None)
    if not told or told[-1].generation != now.generation:
        told.append(_as_it_is(now, told[-1].revision + 1 if told else 1))
    return told


def _by_generation(changes: Iterable[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    for change in changes:
        if change.get("grid") or change["cells"]:
            found.setdefault(change["generation"], []).append(change)
    return found


def _told(generation: int, logged: Sequence[Mapping[str, Any]], now: Now | None) -> list[Step]:
    """The steps on one grid; none when the log does not say how it began and nothing else tells."""
    first, rest = logged[0], logged
    if grid := first.get("grid"):
        columns, rows, cells = grid["columns"], grid["rows"], _read(grid)
        rest = logged[1:]
    elif now is not None:
        columns, rows, cells = now.columns, now.rows, _beginning(logged, now)
    else:
        return []
    told = [Step(first["revision"], generation, columns, rows, cells)]
    for change in rest:
        touched = listed_cells(change["cells"])
        told.append(Step(change["revision"], generation, columns, rows, touched))
    return told


def _beginning(logged: Sequence[Mapping[str, Any]], now: Now) -> Cells:
    """How the present grid began: as it is now, but for the cells that the log touches: empty, for all we know."""
    touched = [cell[0] for change in logged for cell in change["cells"]]
    cells = all_cells(now.shown, now.is_home, now.details)
    cells[touched, 1:] = 0
    return cells


def _as_it_is(now: Now, revision: int) -> Step:
    cells = all_cells(now.shown, now.is_home, now.details)
    return Step(revision, now.generation, now.columns, now.rows, cells)
