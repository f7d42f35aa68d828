"""What must hold on every wall, whoever comes and goes, in whatever order."""

import copy
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.pictures.details import DETAILS, LARGE_KINDS, SIDE_OF, lab_of
from worker.placement import each_once, home_prices, library
from worker.placement.alike import alike, shortlists
from worker.placement.echoes import fill, refill
from worker.placement.growth import places
from worker.placement.improve import LEAST_GAIN
from worker.placement.library import LIVELY, MANY, PATCH, PLAIN, PRICE, PRICE_OF_MANY, no_details
from worker.placement.metric import costs, features
from worker.placement.rules import (
    Board,
    Grid,
    WallFull,
    bands,
    cap,
    describe_target,
    grid_for,
    grid_for_photos,
    grid_steps,
    grow,
    improve,
    improve_band,
    needs_growth,
    once_grid,
    place,
    place_once,
    remove,
    retarget,
    reveal,
    reveal_grid,
    show_once,
    spacing,
    tint_map,
)

Floats = npt.NDArray[np.float32]

GRID = Grid(16, 10)
FINER = Grid(32, 20)
FEWER_THAN_NEIGHBOURS = 4  # with so many photos, some cell may have to show what the one beside it shows


def picture(seed: int = 0, grid: Grid = GRID) -> Floats:
    """The target of a grid: a picture of soft blobs, the same for every grid."""
    y, x = np.mgrid[0:200, 0:320] / 200
    waves = np.random.default_rng(seed).uniform(1, 9, (3, 4))
    rgb = [np.sin(a * x + b) * np.cos(c * y + d) for a, b, c, d in waves]
    return describe_target(np.rint(np.stack(rgb, axis=2) * 127 + 128).astype(np.uint8), grid)


def photos(count: int, seed: int = 0) -> Floats:
    """Descriptors as photos have them: a mean colour each, and contrast inside."""
    rng = np.random.default_rng(seed)
    middle = rng.normal((50, 0, 7), (16, 9, 14), (count, 1, 3))
    return (middle + rng.normal(0, (12, 4, 6), (count, 16, 3))).reshape(count, 48).astype(np.float32)


def details(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Descriptors of the photos' details, lighter and darker than the photos; every third photo has none."""
    rng = np.random.default_rng(seed + 1)
    wholes = photos(count, seed).reshape(count, 1, 16, 3)
    labs = wholes + rng.normal(0, (20, 8, 10), (count, DETAILS, 1, 3)) + (0, 128, 128)
    kept = np.clip(np.rint(labs * (2.55, 1, 1)), 0, 255).astype(np.uint8).reshape(count, DETAILS, 48)
    kept[2::3] = 0
    return kept


def wall(count: int, seed: int = 0, grid: Grid = GRID, whole: bool = False) -> Board:
    board = Board.empty(grid, picture(seed, grid))
    place(board, np.arange(1, count + 1), photos(count, seed), None if whole else details(count, seed))
    return board


def restored(board: Board) -> Board:
    """The same wall, rebuilt from what the database keeps of it."""
    descriptors = dict(zip(board.ids.tolist(), board.descriptors, strict=True))
    homes = list(board.home_cells.items())[::-1]
    described = dict(zip(board.ids.tolist(), board.described, strict=True))
    return Board.restore(
        board.grid,
        board.target,
        board.shown.tolist(),
        homes,
        descriptors,
        details=board.details,
        described={photo: each for photo, each in described.items() if each.any()},
    )


def nearest_twins(board: Board) -> float:
    """How far apart the two nearest cells with the same photo are, by the straight line between their middles."""
    slots = board.slots.reshape(board.grid.rows, board.grid.columns)
    offsets = ((down, right) for down in range(4) for right in range(-3, 4) if (down, right) > (0, 0))
    for reach, down, right in sorted((np.hypot(down, right), down, right) for down, right in offsets):
        one = slots[: slots.shape[0] - down, max(0, -right) : slots.shape[1] - max(0, right)]
        other = slots[down:, max(0, right) : slots.shape[1] + min(0, right)]
        if (one == other).any():
            return float(reach)
    return np.inf


def assert_sound(board: Board) -> None:
    """Every photo one home that shows it, no cell two, no cell empty; distance and cap hold."""
    board.check()
    assert set(board.home_cells) == set(board.ids.tolist())
    assert np.flatnonzero(board.is_home).tolist() == sorted(board.homes.tolist())
    assert set(np.unique(board.shown).tolist()) == (set(board.ids.tolist()) or {0})
    assert (board.details < board.kinds).all()
    assert not board.details[board.is_home].any()
    shown_in_details = np.unique(board.slots[board.details > 0])
    assert board.described[shown_in_details].any(axis=(1, 2)).all()
    if board.photos:
        assert board.counts.max() <= cap(board.photos, board.grid.cells)
        if board.photos > FEWER_THAN_NEIGHBOURS:
            assert nearest_twins(board) >= spacing(board.photos)


# ---- any story of a wall --------------------------------------------------------------------------------------------

step = st.one_of(
    st.tuples(st.just("arrive"), st.integers(1, 30)),
    st.tuples(st.just("leave"), st.integers(1, 25)),
    st.tuples(st.just("improve"), st.integers(1, 200)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(step, min_size=1, max_size=8), st.integers(0, 5))
def test_every_photo_has_one_home_and_the_rules_hold_whatever_happens(
    story: list[tuple[str, int]], seed: int
) -> None:
    board = Board.empty(GRID, picture(seed))
    supply, parts = photos(300, seed), details(300, seed)
    rng = np.random.default_rng(seed)
    waiting = rng.permutation(np.arange(1, 301)).tolist()
    for what, amount in story:
        homes = board.home_cells
        if what == "arrive":
            ids = [waiting.pop() for _ in range(min(amount, GRID.cells - board.photos))]
            rows = np.array(ids, dtype=int) - 1
            place(board, ids, supply[rows], parts[rows])
        elif what == "leave" and board.photos:
            gone = rng.choice(board.ids, min(amount, board.photos), replace=False)
            remove(board, gone)
        elif what == "improve":
            improve(board, amount, seed)
        assert_sound(board)
        stayed = homes.keys() & board.home_cells.keys()
        assert {photo: homes[photo] for photo in stayed} == {
            photo: board.home_cells[photo] for photo in stayed
        }


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(0, 1000))
def test_a_wall_rebuilt_from_the_database_goes_on_exactly_like_one_in_memory(
    batches: list[int], seed: int
) -> None:
    kept = rebuilt = Board.empty(GRID, picture(seed % 7))
    rebuilt = copy.deepcopy(kept)
    supply, parts, next_ = photos(sum(batches), seed), details(sum(batches), seed), 0
    for number, batch in enumerate(batches):
        ids = np.arange(next_, next_ + batch)
        rebuilt = restored(rebuilt)
        one = place(kept, ids + 1, supply[ids], parts[ids])
        two = place(rebuilt, ids[::-1] + 1, supply[ids[::-1]], parts[ids[::-1]])
        assert one.cells.tolist() == two.cells.tolist()
        improve(kept, 50, number)
        improve(rebuilt, 50, number)
        next_ += batch
        assert kept.look().tolist() == rebuilt.look().tolist()
    gone = np.random.default_rng(seed).choice(kept.ids, 1 + kept.photos // 4, replace=False)
    assert remove(kept, gone).cells.tolist() == remove(restored(rebuilt), gone).cells.tolist()
    target = picture(seed % 7, FINER)
    assert grow(kept, FINER, target).look().tolist() == grow(restored(kept), FINER, target).look().tolist()


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 220), st.integers(0, 1000))
def test_growth_and_reveal_keep_every_home_near_its_place(count: int, seed: int) -> None:
    first, second, *_ = grid_steps(1.6)
    board = wall(count, seed, first)
    look = board.look()
    for move, grid in ((grow, second), (reveal, reveal_grid(1.6, count))):
        finer = move(board, grid, picture(seed, grid))
        assert_sound(finer)
        assert finer.ids.tolist() == board.ids.tolist()
        moved = np.hypot(*(places(first, board.homes, grid) - places(grid, finer.homes, grid)).T)
        assert moved.mean() <= (0.02 if move is grow else 0.042)
        assert np.percentile(moved, 95) <= (0.05 if move is grow else 0.08) + 1e-6
    assert board.look().tolist() == look.tolist()


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 100))
def test_any_order_of_arrival_gives_a_sound_wall(order: list[int], seed: int) -> None:
    board = Board.empty(Grid(8, 5), picture(seed, Grid(8, 5)))
    supply = photos(12, seed)
    for photo in order:
        place(board, [photo + 1], supply[photo : photo + 1])
        assert_sound(board)


# ---- arrivals -------------------------------------------------------------------------------------------------------


def test_the_first_photo_fills_the_whole_wall() -> None:
    board = Board.empty(GRID, picture())
    changes = place(board, [7], photos(1))
    assert (board.shown == 7).all()
    assert changes.cells.tolist() == list(range(GRID.cells))
    assert_sound(board)


def test_changes_name_exactly_the_cells_that_look_different() -> None:
    board = wall(60)
    shown, home = board.shown, board.is_home.copy()
    changes = place(board, [100], photos(1, seed=9))
    differ = (board.shown != shown) | (board.is_home != home)
    assert changes.cells.tolist() == np.flatnonzero(differ).tolist()
    assert board.home_cells[100] in changes.cells


def test_an_arrival_changes_a_bounded_number_of_cells() -> None:
    grid = Grid(80, 50)
    board = wall(900, grid=grid)
    for photo in range(901, 911):
        assert place(board, [photo], photos(1, seed=photo)).cells.size <= 200


def test_two_identical_photos_get_two_homes() -> None:
    board = Board.empty(GRID, picture())
    place(board, [1, 2], np.repeat(photos(1), 2, axis=0))
    assert len(set(board.home_cells.values())) == 2
    assert_sound(board)


@pytest.mark.parametrize("count", [1, 5, 40])
def test_photos_of_a_single_colour_are_placed_like_others(count: int) -> None:
    board = wall(50)
    place(board, np.arange(100, 100 + count), np.tile(np.array([100, 0, 0], np.float32), (count, 16)))
    assert_sound(board)


@pytest.mark.parametrize(
    ("count", "most"), [(2, 0.08), (3, 0.03), (4, 0.01), (5, 0), (8, 0), (10, 0), (40, 0)]
)
def test_few_photos_make_no_stripes(count: int, most: float) -> None:
    for whole in (False, True):
        board = Board.empty(Grid(40, 25), picture(3, Grid(40, 25)))
        for photo in range(count):
            part = slice(photo, photo + 1)
            place(board, [photo + 1], photos(count)[part], None if whole else details(count)[part])
        assert equal_neighbours(board) <= most


def equal_neighbours(board: Board) -> float:
    """The share of pairs of cells beside or above each other that show the same photo."""
    slots = board.slots.reshape(board.grid.rows, board.grid.columns)
    equal = [slots[:, 1:] == slots[:, :-1], slots[1:] == slots[:-1]]
    return float(np.concatenate([each.ravel() for each in equal]).mean())


def test_echoes_show_details_of_those_who_have_them_and_the_picture_gains() -> None:
    plain, board = wall(60, whole=True), wall(60)
    assert not plain.details.any()
    assert (board.details[~board.is_home] > 0).mean() > 0.2
    assert board.fit[~board.is_home].sum() < 0.9 * plain.fit[~plain.is_home].sum()


def costs_plainly(board: Board, photo: int, cells: Floats) -> Floats:
    """What each detail of a photo costs in each cell, by the formula: (kinds, cells)."""
    price = PRICE_OF_MANY if board.kinds == LARGE_KINDS else PRICE
    described = lab_of(board.described[photo, : board.kinds - 1])
    rows = np.concatenate([board.photo_features[photo][None], features(described, board.grid.cells)])
    away = (1 / SIDE_OF[: board.kinds].astype(np.float64) - 1)[:, None]
    plain = PLAIN * np.maximum(1 - (rows[:, 3:] ** 2).sum(axis=1) / LIVELY, 0)
    plain[0] = 0
    apart = ((rows[:, None] - cells).astype(np.float64) ** 2).sum(axis=2)
    return np.asarray((1 + price * away) * apart + price * PATCH * away + plain[:, None], dtype=np.float32)


@pytest.mark.parametrize("count", [40, MANY + 20])
def test_costs_are_the_same_however_they_are_asked_for(count: int) -> None:
    board = wall(count, grid=Grid(40, 25))
    stock, cells = board.library, board.cell_features[::97]
    plainly = np.stack([costs_plainly(board, photo, cells) for photo in range(count)])
    least = plainly.min(axis=1).T
    whole = stock.costs(cells)
    assert np.allclose(whole, least, rtol=1e-5, atol=2)
    some = np.arange(3, count, 7)
    squares = np.einsum("ij,ij->i", cells, cells)
    for row in range(len(cells)):
        assert np.array_equal(stock.costs(cells[row : row + 1])[0], whole[row])
    assert np.array_equal(stock.costs(cells, some), whole[:, some])
    for photo in some.tolist():
        assert np.array_equal(stock.costs_of_one(photo, cells, squares), whole[:, photo])
        chosen = stock.best_details(np.full(len(cells), photo), cells)
        shown = stock.costs_of_shown(chosen, np.full(len(cells), photo), cells)
        assert np.array_equal(shown, whole[:, photo])


def test_costs_do_not_depend_on_how_many_photos_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = wall(MANY + 40, grid=Grid(40, 25))
    cells = board.cell_features[::31]
    whole = board.library.costs(cells)
    details_of_all = board.library.best_details(np.arange(len(cells)), cells)
    monkeypatch.setattr(library, "_PHOTOS_AT_ONCE", 37)
    monkeypatch.setattr(library, "_PAIRS_AT_ONCE", 11)
    monkeypatch.setattr(library, "_AT_ONCE", 500)
    assert np.array_equal(board.library.costs(cells), whole)
    assert np.array_equal(board.library.best_details(np.arange(len(cells)), cells), details_of_all)


def test_lists_made_together_are_those_made_one_by_one() -> None:
    board = wall(MANY + 40, grid=Grid(40, 25))
    groups = alike(board.cell_features)
    together = list(shortlists(board, groups, 20))
    for group, known in zip(groups, together, strict=True):
        assert np.array_equal(next(shortlists(board, [group], 20)), known)
    assert list(shortlists(board, groups[:2], board.photos)) == [None, None]


def test_what_cells_cost_is_known_as_if_it_were_worked_out_anew() -> None:
    board = wall(60, grid=Grid(40, 25))

    def is_known() -> bool:
        return np.array_equal(board.fit, restored(board).fit)

    assert is_known()
    place(board, [1000, 1001], photos(2, 5), details(2, 5))
    assert is_known()
    improve(board, 300, seed=1)
    assert is_known()
    remove(board, board.ids[:7])
    assert is_known()
    board.redescribe({int(board.ids[3]): details(1, 9)[0], int(board.ids[4]): no_details(1)[0]})
    assert np.array_equal(board.fit, copy.deepcopy(board).fit)
    fresh = copy.deepcopy(board)
    fresh.restock()
    assert np.array_equal(board.fit, fresh.fit)
    board.fit[:] = 0  # a copy: callers go on with theirs
    assert np.array_equal(board.fit, fresh.fit)
    place(board, [2000 + n for n in range(MANY)], photos(MANY, 6), details(MANY, 6))
    assert is_known()


def test_with_many_photos_the_smallest_details_go() -> None:
    grid = Grid(60, 38)
    board = wall(MANY - 1, grid=grid)
    assert (board.details >= LARGE_KINDS).any()
    place(board, [MANY], photos(1, seed=9), details(1, seed=9))
    assert board.kinds == LARGE_KINDS
    assert_sound(board)
    finer = grow(board, Grid(80, 50), picture(0, Grid(80, 50)))
    assert (finer.details < LARGE_KINDS).all()


def test_a_photo_whose_owner_wants_it_whole_is_shown_whole_everywhere() -> None:
    board = wall(40)
    photo = int(board.ids[np.bincount(board.slots, weights=board.details > 0).argmax()])
    empty = board.redescribe({photo: no_details(1)[0], 999: no_details(1)[0]})
    assert empty.size
    refill(board, empty)
    assert not board.details[board.shown == photo].any()
    assert_sound(board)
    assert not restored(board).described[board.ids == photo].any()


def test_a_wall_of_whole_photos_only_has_no_details_and_they_come_back() -> None:
    board = wall(40)
    for whole in (True, False):
        board.whole = whole
        board.restock()
        fill(board)
        assert_sound(board)
        assert board.details.any() != whole
    board.whole = True
    assert grow(board, FINER, picture(0, FINER)).whole


def test_each_photo_once_is_whole_and_what_is_known_of_details_is_kept() -> None:
    board = wall(40)
    once = show_once(board, once_grid(1.6, 40), picture(0, once_grid(1.6, 40)))
    assert not once.details.any()
    assert once.described.tolist() == board.described.tolist()


@pytest.mark.parametrize("count", [1, 8, 9, 29, 30, 60])
def test_a_flat_target_gives_a_sound_wall_without_a_pattern(count: int) -> None:
    board = Board.empty(GRID, np.tile(np.array([100, 0, 0], np.float32), (GRID.cells, 16)))
    place(board, np.arange(1, count + 1), photos(count))
    assert_sound(board)
    if count == 60:  # homes all fit alike everywhere: they must not fill the first rows
        assert len(np.unique(board.homes // GRID.columns)) >= 8


def test_more_photos_than_cells_are_refused_before_anything_changes() -> None:
    board = wall(150)
    look = board.look()
    with pytest.raises(WallFull, match="161 photos do not fit on 160 cells"):
        place(board, np.arange(200, 211), photos(11))
    assert board.look().tolist() == look.tolist()
    place(board, np.arange(200, 210), photos(10))
    assert board.is_home.all()
    assert_sound(board)


@pytest.mark.parametrize("ids", [[0], [-3], [5, 5], [3]])
def test_ids_that_cannot_be_are_refused(ids: list[int]) -> None:
    board = wall(3)
    with pytest.raises(ValueError, match="photo"):
        place(board, ids, photos(len(ids)))
    assert board.photos == 3


def test_nobody_waiting_changes_nothing() -> None:
    board = wall(3)
    assert not place(board, [], np.zeros((0, 48)))


def test_descriptors_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        place(wall(3), [9], np.full((1, 48), np.nan))


def test_a_photo_lands_where_its_colours_fit() -> None:
    board = wall(40)
    cell = next(cell for cell in range(GRID.cells) if not board.is_home[cell])
    table = costs(features(board.target[[cell]], GRID.cells), board.cell_features)[0]
    better = table[~board.is_home]
    place(board, [99], board.target[[cell]])
    assert (better < table[board.home_cells[99]]).mean() < 0.25


# ---- leaving --------------------------------------------------------------------------------------------------------


def test_the_last_photo_leaves_an_empty_wall() -> None:
    board = wall(1)
    assert remove(board, [1]).cells.size == GRID.cells
    assert not board.shown.any()
    assert_sound(board)


def test_a_photo_that_leaves_is_nowhere_any_more() -> None:
    board = wall(80)
    gone = board.shown == 5
    changes = remove(board, [5, 12345])
    assert not (board.shown == 5).any()
    assert set(np.flatnonzero(gone)) <= set(changes.cells.tolist())
    assert_sound(board)


# ---- better pictures ------------------------------------------------------------------------------------------------


def test_improving_lowers_the_misfit_and_comes_to_an_end() -> None:
    grid = Grid(40, 25)
    board, supply = wall(60, grid=grid), photos(160, seed=3)
    for photo in range(60, 160):
        place(board, [photo + 1], supply[photo : photo + 1])
    before, homes = board.fit.sum(), board.home_cells
    changed = [improve(board, grid.cells, seed).cells.size for seed in range(20)]
    assert changed[0] > 0
    assert not any(changed[-3:])
    assert board.fit.sum() < before
    assert board.home_cells == homes
    assert_sound(board)


@given(count=st.integers(2, 150), most=st.integers(1, 20), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_improving_does_what_looking_at_one_cell_after_the_other_does(
    count: int, most: int, seed: int
) -> None:
    here, supply = wall(count, seed, whole=True), photos(count, seed)
    homes, known = list(here.home_cells.items()), dict(zip(here.ids.tolist(), supply, strict=True))
    board = Board.restore(
        GRID, picture(seed + 1), here.shown.tolist(), homes, known
    )  # much is to be bettered
    same = copy.deepcopy(board)
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # a low cap, so that many photos are at it and swaps are what is left
        patch.setattr("worker.placement.improve.cap", lambda _photos, _cells: most)
        improve(board, GRID.cells, seed)
    cells = np.random.default_rng(seed).permutation(np.flatnonzero(~same.is_home))
    improve_plainly(same, cells, np.concatenate(alike(same.cell_features[cells])), most)
    assert board.slots.tolist() == same.slots.tolist()


def improve_plainly(
    board: Board, cells: npt.NDArray[np.intp], turns: npt.NDArray[np.intp], most: int
) -> None:
    """`improve` in plain words: each cell in turn takes a better photo, then pairs swap, largest gain first."""
    table = costs(board.cell_features[cells[turns]], board.photo_features)
    for fit, cell in zip(table, cells[turns], strict=True):
        full = board.counts >= most
        choice = np.where(full | np.isin(np.arange(board.photos), shown_near(board, cell)), np.inf, fit)
        own = np.inf if board.slots[cell] in shown_near(board, cell) else fit[board.slots[cell]]
        if choice.min() < own * np.float32(1 - LEAST_GAIN):
            board.slots[cell] = choice.argmin()
    table = costs(board.cell_features[cells], board.photo_features[board.slots[cells]])
    both = table.diagonal()[:, None] + table.diagonal()[None, :]
    gain = both - table - table.T
    swapped: set[int] = set()
    for one in np.argsort(-gain.max(axis=1), kind="stable").tolist():
        other = int(gain[one].argmax())
        if gain[one, other] > LEAST_GAIN * both[one, other] and not {one, other} & swapped:
            pair = cells[[one, other]]
            board.slots[pair] = board.slots[pair[::-1]]
            if any(board.slots[cell] in shown_near(board, cell) for cell in pair):
                board.slots[pair] = board.slots[pair[::-1]]
            else:
                swapped |= {one, other}


def shown_near(board: Board, cell: int) -> list[int]:
    """What the cells that are too near for the same photo show."""
    cells = np.arange(board.grid.cells)
    down = cells // board.grid.columns - cell // board.grid.columns
    right = cells % board.grid.columns - cell % board.grid.columns
    near = np.hypot(down, right) < spacing(board.photos)
    near[cell] = False
    return list(board.slots[near].tolist())


def test_homes_placed_as_they_come_cost_little_more_than_the_best_of_two_thousand_swaps() -> None:
    grid = Grid(40, 25)
    board = wall(0, grid=grid)
    supply = photos(200)
    for photo in range(200):
        place(board, [photo + 1], supply[photo : photo + 1])
    table = costs(board.photo_features, board.cell_features)
    best = place_once(supply, board.target)
    rows = np.arange(200)
    assert table[rows, board.homes].sum() <= 1.35 * table[rows, best].sum()


def test_each_photo_once_is_near_the_exact_optimum() -> None:
    target = np.arange(7, dtype=np.float32)[:, None] * np.ones(48, dtype=np.float32)
    shuffled = np.array([3, 0, 6, 1, 5, 2, 4])
    assert place_once(target[shuffled] + np.float32(0.2), target).tolist() == shuffled.tolist()


def test_each_photo_once_takes_no_cell_twice_and_refuses_too_many() -> None:
    cells = place_once(photos(150), picture())
    assert len(set(cells.tolist())) == 150
    with pytest.raises(WallFull):
        place_once(photos(161), picture())


@pytest.mark.parametrize("mean", [0, 10, 20, 40])
def test_tint_is_spent_in_echoes_with_the_mean_that_is_asked_for(mean: int) -> None:
    board = wall(40)
    tints = tint_map(board, mean)
    assert not tints[board.is_home].any()
    assert abs(tints[~board.is_home].mean() - mean) <= 0.2 * mean
    assert tints.max() <= 2 * mean


def test_tint_does_not_change_while_photos_come() -> None:
    board = wall(40)
    before = tint_map(board, 20)
    place(board, [900], photos(1, seed=5))
    after = tint_map(board, 20)
    assert (before != after).sum() == 1
    assert after[board.home_cells[900]] == 0


def test_a_tint_that_would_hide_photos_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 60"):
        tint_map(wall(3), 80)


# ---- grids ----------------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.floats(1 / 3, 3), st.integers(1000, 40_000))
def test_a_grid_has_about_the_cells_and_the_aspect_that_are_asked_for(aspect: float, cells: int) -> None:
    grid = grid_for(aspect, cells)
    assert abs(grid.cells / cells - 1) < 0.08
    assert abs(grid.columns / grid.rows / aspect - 1) < 0.03


@pytest.mark.parametrize(
    ("aspect", "cells"), [(0, 100), (-1, 100), (1.6, 0), (float("nan"), 9), (float("inf"), 9)]
)
def test_a_grid_that_cannot_be_is_refused(aspect: float, cells: int) -> None:
    with pytest.raises(ValueError, match="no grid"):
        grid_for(aspect, cells)
    with pytest.raises(ValueError, match="at least one"):
        Grid(0, 3)


def test_a_wall_grows_when_more_than_22_percent_of_its_cells_are_homes() -> None:
    grid = grid_for(1.6, 1000)
    board = wall(220, grid=grid)
    assert needs_growth(board, 1.6) is None
    finer = needs_growth(board, 1.6, arriving=1)
    assert finer == grid_steps(1.6)[1]
    assert needs_growth(board, 1.6, arriving=480) == grid_for(1.6, 4000)


def test_twenty_thousand_photos_stay_on_the_last_grid() -> None:
    last = grid_steps(1.6)[-1]
    assert grid_for_photos(1.6, 20_000) == last
    assert reveal_grid(1.6, 20_000) == last
    assert reveal_grid(1.6, 1000) == grid_for(1.6, 10_000)
    assert (
        needs_growth(Board.empty(last, np.zeros((last.cells, 48), np.float32)), 1.6, arriving=20_000) is None
    )


def test_growth_to_fewer_cells_than_photos_is_refused() -> None:
    with pytest.raises(WallFull):
        grow(wall(60), Grid(5, 5), picture(grid=Grid(5, 5)))


def test_an_empty_wall_grows_to_an_empty_wall() -> None:
    assert not grow(wall(0), FINER, picture(grid=FINER)).shown.any()


# ---- what is stored -------------------------------------------------------------------------------------------------

Damage = Callable[[dict[str, object]], None]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"shown": [1] * 159}, "not on a grid"),
        ({"homes": [(1, 0), (2, 160)]}, "not on a grid"),
        ({"homes": [(1, 0), (2, 0)]}, "same home"),
        ({"homes": [(1, 0), (1, 2)], "shown": [1] * 160}, "different"),
        ({"shown": [1] * 160}, "does not show"),
        ({"shown": [1, 2, 3] + [1] * 157}, "without a home"),
        ({"shown": [1, 2, 0] + [1] * 157}, "empty cell"),
        ({"target": np.zeros((9, 48), np.float32)}, "target"),
    ],
)
def test_stored_data_that_is_no_wall_is_refused(damage: dict[str, object], words: str) -> None:
    data: dict[str, object] = {
        "grid": GRID,
        "target": picture(),
        "shown": [1, 2] + [1] * 158,
        "homes": [(1, 0), (2, 1)],
        "descriptors": dict(enumerate(photos(3), start=1)),
    }
    Board.restore(**data)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=words):
        Board.restore(**data | damage)  # type: ignore[arg-type]


def test_costs_are_exact_however_many_are_compared_at_once() -> None:
    left, right = features(photos(70), 4000), features(picture(), 4000)
    together = costs(left, right)
    one_by_one = np.concatenate([costs(left[k : k + 1], right) for k in range(70)])
    exact = ((left[:, None].astype(np.float64) - right[None].astype(np.float64)) ** 2).sum(axis=2)
    assert (together == one_by_one).all()
    assert (together == exact).all()


def test_a_target_is_described_by_the_mean_of_each_part() -> None:
    rgb = np.zeros((100, 160, 3), np.uint8)
    rgb[:50, :80] = 255
    described = describe_target(rgb, Grid(2, 2)).reshape(2, 2, 16, 3)
    assert described[0, 0, :, 0] == pytest.approx(100, abs=0.01)
    assert np.abs(described[[0, 1, 1], [1, 0, 1]]).max() < 0.01
    assert np.abs(described[..., 1:]).max() < 0.01


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (50, 333), (901, 1203)])
def test_a_target_of_any_size_is_described(size: tuple[int, int]) -> None:
    grey = np.full((*size, 3), 119, np.uint8)
    described = describe_target(grey, Grid(40, 25))
    assert described.shape == (1000, 48)
    assert np.ptp(described.reshape(-1, 3), axis=0).max() == 0


# ---- what homes cost others -----------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-9, 12), min_size=1, max_size=8), st.integers(0, 100))
def test_what_cells_are_liked_does_not_depend_on_how_the_wall_came_about(story: list[int], seed: int) -> None:
    rng, supply = np.random.default_rng(seed), features(photos(120, seed), GRID.cells)
    cells, known, here, next_ = (
        features(picture(seed), GRID.cells),
        home_prices.Demand(),
        np.zeros(0, np.int64),
        1,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home_prices, "SAMPLE", 8)
        for amount in story:
            if amount > 0:
                here, next_ = np.append(here, np.arange(next_, next_ + amount)), next_ + amount
            else:
                here = np.sort(rng.permutation(here)[-amount:])
            liked = known.among(here, supply[here], cells)
            assert liked.tolist() == home_prices.Demand().among(here, supply[here], cells).tolist()
            assert len(known.asked) == min(8, len(here))
            assert liked.mean() == pytest.approx(1 if len(here) else 0, abs=0.01)


def test_a_photo_leaves_a_cell_that_many_like_to_those_many() -> None:
    target = np.tile(np.array([50, 0, 0], np.float32), (40, 16))
    target[0] = np.tile([20, 0, 0], 16)  # the one dark cell
    target[1] = np.tile([34, 0, 0], 16)
    board = Board.empty(Grid(8, 5), target)
    dark = np.tile(np.array([20, 0, 0], np.float32), (8, 16))
    place(board, np.arange(1, 9), dark + np.arange(8, dtype=np.float32)[:, None] / 100)
    assert board.wanted.argmax() == 0
    assert board.wanted[0] > 3 * board.wanted[2]


# ---- each photo once ------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 160), st.integers(0, 100), st.floats(0.4, 2.5))
def test_each_photo_once_and_back_keeps_everybody(count: int, seed: int, aspect: float) -> None:
    board = wall(count, seed)
    grid = once_grid(aspect, count)
    assert count <= grid.cells <= 1.3 * count + 3
    shown = show_once(board, grid, picture(seed, grid))
    shown.check()
    assert np.sort(shown.shown[shown.shown > 0]).tolist() == board.ids.tolist()
    assert shown.fit[shown.slots >= 0].max() < np.inf
    assert not improve(shown, grid.cells)
    free = grid.cells - count
    place(shown, np.arange(500, 500 + free), photos(free, seed + 1))
    assert (shown.shown > 0).all()
    remove(shown, board.ids[:3])
    shown.check()
    assert (shown.shown == 0).sum() == min(3, count)


@pytest.mark.parametrize(("aspect", "count"), [(0.0, 5), (1.6, 0), (float("inf"), 5), (1.6, 40_001)])
def test_a_grid_for_each_photo_once_that_cannot_be_is_refused(aspect: float, count: int) -> None:
    with pytest.raises(ValueError, match="no grid"):
        once_grid(aspect, count)


@pytest.mark.parametrize("spare", [0, 40])
def test_many_photos_are_placed_once_nearly_as_well_in_little_memory(
    spare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid(20, 13)
    target, supply = picture(1, grid), photos(grid.cells - spare, 1)
    table = costs(
        features(supply, grid.cells, each_once.LIGHTNESS), features(target, grid.cells, each_once.LIGHTNESS)
    )
    rows = np.arange(len(supply))
    best = table[rows, place_once(supply, target)].sum()
    monkeypatch.setattr(each_once, "_TABLE", 1)
    monkeypatch.setattr(each_once, "_ROWS", 7)
    chosen = place_once(supply, target)
    assert len(set(chosen.tolist())) == len(supply)
    assert table[rows, chosen].sum() <= 1.06 * best


# ---- another picture, and quiet moments -----------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 60), st.integers(0, 100))
def test_another_picture_keeps_everybody_and_the_rules(count: int, seed: int) -> None:
    board = wall(count, seed)
    other = retarget(board, GRID, picture(seed + 1))
    assert other.ids.tolist() == board.ids.tolist()
    assert_sound(other)
    moved = np.hypot(*(places(GRID, board.homes, GRID) - places(GRID, other.homes, GRID)).T)
    assert count <= 30 or moved.max() <= 0.08 + 1 / GRID.columns


def test_a_band_is_improved_and_nothing_else() -> None:
    board = wall(60)
    described, board.whole = board.described.copy(), True
    board.restock()
    fill(board)
    board.whole = False
    board.restock()  # as on a wall of old: its details are still to come
    assert board.described.tolist() == described.tolist()
    homes, misfit = board.home_cells, board.fit.sum()
    assert bands(GRID) == 2
    for number in range(2):
        rows = improve_band(board, number).cells // GRID.columns
        assert rows.size
        assert set((rows // 8).tolist()) == {number}
    assert board.home_cells == homes
    assert board.fit.sum() < misfit
    assert_sound(board)
