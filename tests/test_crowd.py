"""The simulated crowd keeps the promises, at a size that a test can wait for."""

import pytest

from bench.crowd import simulate
from bench.judging import gini
from bench.world import fewest_repeats
from plugin.together.grouping import Acquaintance
from plugin.together.hello import MOST_IN_LINE


def test_a_small_crowd_is_seen_meets_and_is_safe_from_an_abuser(valkey: str) -> None:
    found = simulate(20, 5, 1, http=False, redis_url=valkey)
    assert found["never opened at the end"] == 0
    assert found["Gini of opens"] < 0.2
    assert found["repeated pairs while somebody was unmet"] == 0
    assert found["of those stood with somebody"] == 1.0
    # Who answers lets the sender go on: that is no abuse.
    assert 0 < found["the same, of those that nobody answered"] <= 6 + MOST_IN_LINE
    assert found["their hellos still seen"] == 0
    assert found["had a hello, share"] > 0.5


@pytest.mark.parametrize(
    ("people", "met", "apart", "fewest"),
    [
        (5, [(1, 2), (1, 3), (2, 3)], [], 1),  # two groups, three who know each other
        (6, [(1, 2), (1, 3), (2, 3)], [], 0),
        (4, [(1, 2), (3, 4)], [], 0),
        (4, [(1, 2), (3, 4)], [(1, 3), (1, 4)], 2),
        (3, [(1, 2)], [], 1),
        (2, [], [(1, 2)], 0),
    ],
)
def test_a_repeat_counts_where_there_is_another_way(
    people: int, met: list[tuple[int, int]], apart: list[tuple[int, int]], fewest: int
) -> None:
    everybody = range(1, people + 1)
    assert fewest_repeats(Acquaintance(everybody, met, apart), everybody) == fewest


def test_gini_is_nothing_for_equals_and_nearly_all_for_one() -> None:
    assert gini([3, 3, 3, 3]) == pytest.approx(0)
    assert gini([0, 0, 0, 100]) == pytest.approx(0.75)
    assert gini([]) == 0
