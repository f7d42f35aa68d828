"""Grids of square cells, and the steps by which a wall's grid grows. Pure; numpy is not needed here.

Cells are row-major ints: cell = row * columns + column.
"""

import math
from dataclasses import dataclass

FIRST_CELLS = (
    1_000  # a wall starts with about this many cells, so that the picture is whole from the first photo
)
STEP = (
    2**0.5
)  # each growth gives so many times the cells: small enough that no arrival makes the picture much worse
MOST_CELLS = 40_000  # and never has more than about this many
HOMES_SHARE = 0.22  # with more homes among the cells each arrival makes the picture worse: time to grow
REVEAL_CELLS_A_PHOTO = 10
REVEAL_FEWEST_CELLS = (
    6_000  # with details 30 photos fill them: edges are as sharp as live with ten times as many
)


@dataclass(frozen=True)
class Grid:
    """Columns x rows of square cells."""

    columns: int
    rows: int

    def __post_init__(self) -> None:
        if self.columns < 1 or self.rows < 1:
            raise ValueError(
                f"a grid needs at least one column and one row, not {self.columns} x {self.rows}"
            )

    @property
    def cells(self) -> int:
        return self.columns * self.rows


def grid_for(aspect: float, cells: int) -> Grid:
    """The grid of about `cells` cells (within 6 % from 1,000 cells on) nearest to `aspect` = width / height.

    Raises ValueError for an aspect or a number of cells that is not positive.
    """
    if not (aspect > 0 and math.isfinite(aspect)) or cells < 1:
        raise ValueError(f"no grid of aspect {aspect} with {cells} cells")
    middle = max(1, round(math.sqrt(cells / aspect)))
    reach = max(1, round(middle * 0.02))
    candidates = [_with_rows(aspect, rows) for rows in range(max(1, middle - reach), middle + reach + 1)]
    return min(candidates, key=lambda grid: 5 * _stretch(grid, aspect) + abs(grid.cells / cells - 1))


def _with_rows(aspect: float, rows: int) -> Grid:
    return Grid(columns=max(1, round(rows * aspect)), rows=rows)


def _stretch(grid: Grid, aspect: float) -> float:
    return abs(math.log(grid.columns / grid.rows / aspect))


def grid_steps(aspect: float) -> list[Grid]:
    """All grids a live wall of this aspect goes through: about 1,000 cells, 1.4 times as many at each growth."""
    sizes = [float(FIRST_CELLS)]
    while sizes[-1] < MOST_CELLS:
        sizes.append(min(sizes[-1] * STEP, MOST_CELLS))
    return [grid_for(aspect, round(size)) for size in sizes]


def grid_for_photos(aspect: float, photos: int) -> Grid:
    """The first step of which `photos` homes take at most 22 %; the last step if there is none."""
    steps = grid_steps(aspect)
    return next((grid for grid in steps if photos <= grid.cells * HOMES_SHARE), steps[-1])


def largest_grid(aspect: float) -> Grid:
    """The last step: a wall has room for no more photos than this has cells."""
    return grid_steps(aspect)[-1]


def reveal_grid(aspect: float, photos: int) -> Grid:
    """The grid of the reveal: ten cells a photo, at least 6,000, at most the last step."""
    return grid_for(aspect, min(max(photos * REVEAL_CELLS_A_PHOTO, REVEAL_FEWEST_CELLS), MOST_CELLS))


def once_grid(aspect: float, photos: int) -> Grid:
    """The grid on which each photo is shown once: hardly more cells than photos, near `aspect` = width / height.

    Raises ValueError for an aspect or a number of photos that is not positive, or more photos than a wall may have.
    """
    if not (aspect > 0 and math.isfinite(aspect)) or not 0 < photos <= MOST_CELLS:
        raise ValueError(f"no grid of aspect {aspect} for {photos} photos")
    middle = math.sqrt(photos / aspect)
    rows_tried = range(max(1, math.floor(middle * 0.85)), math.ceil(middle * 1.15) + 1)
    candidates = [Grid(-(-photos // rows), rows) for rows in rows_tried]
    return min(candidates, key=lambda grid: _stretch(grid, aspect) + grid.cells / photos)
