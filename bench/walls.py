"""What the tables of the quality bench share: walls under measurement, and a printer."""

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bench.score import Pixels, Score, render, score
from worker.pictures.details import SIDE_OF, SIDES
from worker.placement.rules import Board, Grid

Floats = npt.NDArray[np.float32]


@dataclass
class Wall:
    """A target with all that is measured on it."""

    name: str
    original: Pixels
    prepared: Pixels  # what photos are placed by; the original itself unless it is a drawing
    drawing: bool
    pictures: dict[str, Pixels] = field(default_factory=dict)  # rendered walls by caption
    thousand: Board | None = None  # the live wall of 1,000 photos

    @property
    def live(self) -> Board:
        """The live wall of 1,000 photos, once it has been made."""
        if self.thousand is None:
            raise RuntimeError("the live run comes first")
        return self.thousand

    def score(self, picture: Pixels) -> Score:
        """How near a picture is to the prepared target."""
        return score(picture, self.prepared)


def drawn(board: Board, pictures: Pixels) -> Pixels:
    """A wall as a picture."""
    return render(board.slots, board.grid, pictures, details=board.details)


def sides(board: Board) -> str:
    """The shares of echoes that show whole photos, and details of 60, 40 and 25 % of the side."""
    shown = SIDE_OF[board.details[~board.is_home]]
    return " ".join(f"{np.isclose(shown, side).mean():.0%}" for side in (1, *SIDES))


def twins(board: Board) -> str:
    """The share of pairs of cells beside or above each other that show the same photo."""
    slots = board.slots.reshape(board.grid.rows, board.grid.columns)
    equal = [slots[:, 1:] == slots[:, :-1], slots[1:] == slots[:-1]]
    return f"{np.concatenate([each.ravel() for each in equal]).mean():.1%}"


def copied(board: Board) -> Board:
    """The board as it is now."""
    return Board(
        board.grid,
        board.target,
        board.ids,
        board.descriptors,
        board.homes.copy(),
        board.slots.copy(),
        details=board.details.copy(),
        known=board.described,
    )


def size(grid: Grid) -> str:
    """Columns x rows."""
    return f"{grid.columns}x{grid.rows}"


def now() -> tuple[float, float]:
    """The clock, and the processor's time that this thread has had."""
    return time.perf_counter(), time.thread_time()


def since(began: tuple[float, float]) -> str:
    """The seconds since then by the clock, and those of the processor: on a busy machine only the latter tell."""
    clock, processor = (then - once for then, once in zip(now(), began, strict=True))
    return f"{clock:.2f} s ({processor:.2f} cpu)"


def table(title: str, head: list[str], rows: list[list[object]]) -> None:
    """Print rows in aligned columns."""
    cells = [head, *[[str(each) for each in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    print(f"\n## {title}\n")
    for row in cells:
        print("  ".join(each.rjust(width) for each, width in zip(row, widths, strict=True)))
    print(flush=True)
