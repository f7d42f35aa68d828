"""The placement log told again: as it was, and as those who agreed alone would have made it."""

import json
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.pictures.details import DETAILS
from worker.placement.board import Board
from worker.placement.grids import Grid
from worker.placement.history import Now, Step, all_cells, steps, whole
from worker.placement.metric import describe_target
from worker.placement.rules import grow, place, remove, seat
from worker.prints.consenting import replayed, shown_cells

CHANCE = np.random.default_rng(7)
TARGET = CHANCE.integers(0, 256, (60, 80, 3), dtype=np.uint8)
SMALL, LARGE = Grid(16, 12), Grid(24, 18)
DESCRIPTORS = {
    photo_id: (CHANCE.normal(0, 12, 48) + np.tile([50 + 4 * (photo_id % 9), 0, 0], 16)).astype(np.float32)
    for photo_id in range(1, 41)
}
# Details of middling grey, as the mean of the target is.
DETAILS_OF = {photo_id: CHANCE.integers(118, 138, (DETAILS, 48), dtype=np.uint8) for photo_id in range(1, 41)}


def change(revision: int, generation: int, cells: Any = (), **more: Any) -> dict[str, Any]:
    """As a row of the log holds it, through JSON and back."""
    body = {"revision": revision, "generation": generation, "cells": [list(map(int, each)) for each in cells]}
    found: dict[str, Any] = json.loads(json.dumps(body | more))
    return found


def changed(board: Board, look: Any) -> Any:
    return all_cells(board.shown, board.is_home, board.details)[board.changes_since(look).cells]


def now(board: Board, generation: int) -> Now:
    return Now(
        generation,
        board.grid.columns,
        board.grid.rows,
        board.shown.astype(np.uint32),
        board.is_home,
        board.details,
    )


def a_break() -> tuple[list[dict[str, Any]], Board]:
    """A log of forty arrivals on two grids, with people who leave on the way; and the wall at its end."""
    return deepcopy(made_once())


@cache
def made_once() -> tuple[list[dict[str, Any]], Board]:
    board = Board.empty(SMALL, describe_target(TARGET, SMALL))
    log = [change(1, 1, grid=whole(SMALL.columns, SMALL.rows, board.shown, board.is_home, board.details))]
    for photo_id in range(1, 41):
        look = board.look()
        if photo_id == 20:
            board = grow(board, LARGE, describe_target(TARGET, LARGE))
            log.append(
                change(
                    len(log) + 1,
                    2,
                    grid=whole(LARGE.columns, LARGE.rows, board.shown, board.is_home, board.details),
                )
            )
            look = board.look()
        if photo_id in (15, 30):
            remove(board, [2 if photo_id == 15 else 9])
        place(board, [photo_id], [DESCRIPTORS[photo_id]], [DETAILS_OF[photo_id]])
        log.append(change(len(log) + 1, 1 if photo_id < 20 else 2, changed(board, look)))
        log.append(change(len(log) + 1, log[-1]["generation"], tiles=[[64, 0, 0, 5]]))  # tiles were drawn
    return log, board


def shown_at_the_end(told: list[Step]) -> np.ndarray[Any, Any]:
    cells = np.zeros((told[-1].columns * told[-1].rows, 4), np.int64)
    for step in told:
        if step.generation == told[-1].generation:
            cells[step.cells[:, 0]] = step.cells
    return cells


def test_the_log_leads_from_an_empty_wall_to_the_wall_as_it_is() -> None:
    log, board = a_break()
    told = steps(log, now(board, 2))
    assert (told[0].columns, told[0].rows, told[0].cells[:, 1].any()) == (16, 12, False)
    assert len(told) == 42  # two grids and forty arrivals; nothing for drawn tiles
    assert np.array_equal(shown_at_the_end(told), all_cells(board.shown, board.is_home, board.details))


def test_a_log_without_grids_tells_the_last_one_only() -> None:
    log, board = a_break()
    for each in log:
        each.pop("grid", None)
    told = steps(log, now(board, 2))
    assert {step.generation for step in told} == {2}
    assert len(told[0].cells) == LARGE.cells
    assert np.array_equal(shown_at_the_end(told)[:, 1], board.shown)


@pytest.mark.parametrize("log", [[], [change(1, 1)]])
def test_a_wall_without_any_log_is_one_step(log: list[dict[str, Any]]) -> None:
    _, board = a_break()
    told = steps(log, now(board, 2))
    assert len(told) == 1
    assert np.array_equal(shown_at_the_end(told), all_cells(board.shown, board.is_home, board.details))


def test_a_log_in_which_all_agreed_is_told_as_it_was() -> None:
    log, board = a_break()
    told = steps(log, now(board, 2))
    assert replayed(told, set(range(1, 41)), DESCRIPTORS, TARGET, described=DETAILS_OF) == told


def test_a_log_of_before_there_were_details_is_of_whole_photos() -> None:
    log, board = a_break()
    for each in log:
        each["cells"] = [cell[:3] for cell in each["cells"]]
        each.get("grid", {}).pop("details", None)
    cells = shown_at_the_end(steps(log, now(board, 2)))
    assert cells[:, 1].tolist() == board.shown.tolist()
    assert not cells[:, 3].any()


@pytest.mark.parametrize("whole", [False, True])
def test_told_again_nobody_is_in_details_who_wants_to_be_whole(whole: bool) -> None:
    log, board = a_break()
    told = steps(log, now(board, 2))
    assert (shown_at_the_end(told)[:, 3] > 0).any()
    some = {photo_id: DETAILS_OF[photo_id] for photo_id in range(1, 20)}
    again = replayed(told, set(range(1, 41)), DESCRIPTORS, TARGET, described=some, whole=whole)
    in_details = {int(cell[1]) for step in again for cell in step.cells if cell[3]}
    assert in_details <= some.keys()
    assert bool(in_details) is not whole
    homes = {int(cell[1]): int(cell[0]) for cell in shown_at_the_end(again) if cell[2]}
    assert homes == board.home_cells


def test_a_print_shows_nobody_in_details_who_wants_to_be_whole() -> None:
    _, board = a_break()
    allowed = set(board.ids.tolist())
    whole = {int(board.shown[board.details > 0][0]), 5}
    shown, details = shown_cells(board, allowed, whole)
    assert not details[np.isin(shown, list(whole))].any()
    assert details.any()


@settings(max_examples=6, deadline=None)
@given(st.sets(st.integers(1, 40)))
def test_told_again_only_those_who_agreed_are_seen_each_in_the_same_home(allowed: set[int]) -> None:
    log, board = a_break()
    told = replayed(steps(log, now(board, 2)), allowed, DESCRIPTORS, TARGET)
    seen = {int(each) for step in told for each in np.unique(step.cells[:, 1])}
    assert seen <= allowed | {0}
    cells = shown_at_the_end(told)
    homes = {int(photo_id): int(cell) for cell, photo_id, is_home, _ in cells if is_home}
    there = {photo_id: cell for photo_id, cell in board.home_cells.items() if photo_id in allowed}
    assert homes == there
    assert bool((cells[:, 1] > 0).all()) is bool(there)  # no hole, as long as there is anybody


def test_somebody_who_left_on_the_way_is_seen_until_then() -> None:
    log, board = a_break()
    told = replayed(steps(log, now(board, 2)), {9, 12, 25}, DESCRIPTORS, TARGET)
    assert 9 in told[-2].cells[:, 1] or any(9 in step.cells[:, 1] for step in told)
    assert 9 not in shown_at_the_end(told)[:, 1]


def test_a_wall_that_shows_each_photo_once_is_told_with_its_holes() -> None:
    shown = np.zeros(12, np.uint32)
    shown[[1, 5, 7]] = (3, 4, 5)
    grid = whole(4, 3, shown, shown > 0, np.zeros(12, np.uint8))
    told = steps([change(1, 3, grid=grid)], Now(3, 4, 3, shown, shown > 0, np.zeros(12, np.uint8)))
    assert replayed(told, {3, 5}, DESCRIPTORS, TARGET)[0].cells[:, 1].tolist() == [
        0, 3, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0,
    ]  # fmt: skip


def test_a_print_keeps_homes_and_fills_the_cells_of_the_others() -> None:
    _, board = a_break()
    before = board.home_cells
    allowed = {1, 5, 11, 33}
    shown, _ = shown_cells(board, allowed)
    assert set(shown.tolist()) == allowed
    assert all(shown[before[photo_id]] == photo_id for photo_id in allowed)
    assert not shown_cells(board, set())[0].any()


def test_seating_needs_homes_that_are_free() -> None:
    board = Board.empty(SMALL, describe_target(TARGET, SMALL))
    seat(board, [4], [DESCRIPTORS[4]], [17])
    assert board.home_cells == {4: 17}
    for ids, homes in (([5], [17]), ([5, 6], [3, 3])):
        with pytest.raises(ValueError, match="somebody's already"):
            seat(board, ids, [DESCRIPTORS[photo_id] for photo_id in ids], homes)
    seat(board, [9, 5], [DESCRIPTORS[9], DESCRIPTORS[5]], [1, 2])
    assert board.home_cells == {4: 17, 5: 2, 9: 1}
    board.check()
