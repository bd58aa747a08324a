"""Schedules cover the whole search, cool within each cycle, and put routes together once each stream met some plans."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fieldops.routing.solvers.search.schedule import (
    BEGUN,
    MOST,
    ONCE,
    PLENTY,
    ROUNDS,
    SEVERAL_TIMES,
    TURNS,
    Schedule,
    in_stretches,
    schedule,
)
from fieldops.routing.solvers.search.search import LAG

STRETCHES = in_stretches(7, 0.25)


@pytest.mark.parametrize("plan", [ONCE, SEVERAL_TIMES, STRETCHES, schedule(1e8, 100)])
def test_a_schedule_covers_the_search_without_a_gap(plan: Schedule) -> None:
    """Each cycle begins where the one before ended, and the temperature falls all the way through it."""
    begins, ends = [cycle[0] for cycle in plan.cycles], [cycle[1] for cycle in plan.cycles]
    assert (begins[0], ends[-1]) == (0.0, 1.0)
    assert begins[1:] == ends[:-1]
    for begin, end, hot, cool in plan.cycles:
        heats = [plan.heat(begin + (end - begin) * k / 20) for k in range(20)]
        assert heats[0] == pytest.approx(hot)
        assert heats == sorted(heats, reverse=True)
        assert heats[-1] > cool
    assert plan.heat(1.0) == pytest.approx(plan.cycles[-1][3])


@pytest.mark.parametrize("plan", [ONCE, SEVERAL_TIMES, STRETCHES])
def test_streams_meet_only_after_the_first_half(plan: Schedule) -> None:
    """Streams that met early would search the same plans; nothing is planned beyond the last round."""
    assert min(plan.meetings) >= plan.first / 2
    assert max(*plan.meetings, *plan.selections) < plan.rounds
    assert list(plan.meetings) == sorted(set(plan.meetings))
    assert list(plan.selections) == sorted(set(plan.selections))


def test_a_search_cools_several_times_only_with_plenty_of_moves() -> None:
    """The number of moves for each job decides, so that a long day cools once in the time a short one cools often."""
    assert schedule(100 * PLENTY, 100) is SEVERAL_TIMES
    assert schedule(100 * PLENTY - 1, 100) is ONCE
    assert schedule(100 * BEGUN, 100) is SEVERAL_TIMES
    assert len(schedule(200 * BEGUN, 100, left_out=5).without) > 1
    assert schedule(200 * BEGUN, 100, left_out=6) is SEVERAL_TIMES


@pytest.mark.parametrize("moves", [4e5, 6.5e5, 7e5, 8e5, 1.2e6, 2.4e6, 3.6e6, 1e7, 1e9])
def test_a_selection_is_taken_up_before_the_next_begins(moves: float) -> None:
    """Where moves are counted, and however long the search is, it stays small."""
    plan = schedule(moves, 100)
    lag = LAG * plan.first // ROUNDS
    begun = [*plan.selections, plan.rounds]
    assert all(later - turn > lag for turn, later in pairwise(begun))
    assert len(plan.without) <= MOST


def test_stretches_follow_each_other_and_end_with_all_shifts() -> None:
    """Each begins without a few shifts and has them again before the next; streams meet between two of them."""
    plan = STRETCHES
    assert len(plan.without) == len(plan.again) == 7
    assert plan.without[0] == plan.first
    assert all(gone < back < gone + TURNS for gone, back in zip(plan.without, plan.again, strict=True))
    assert [*plan.without, plan.rounds] == list(range(plan.without[0], plan.rounds + 1, TURNS))
    late = [turn + 1 for turn in (*plan.meetings, *plan.selections) if turn >= plan.without[0]]
    assert late
    assert set(late) <= set(plan.without)
