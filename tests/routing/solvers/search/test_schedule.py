"""Schedules cover the whole search, cool within each cycle, and put routes together once each stream met some plans."""

from __future__ import annotations

import pytest

from fieldops.routing.solvers.search.schedule import ONCE, PLENTY, ROUNDS, SEVERAL_TIMES, Schedule, schedule


@pytest.mark.parametrize("plan", [ONCE, SEVERAL_TIMES])
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


@pytest.mark.parametrize("plan", [ONCE, SEVERAL_TIMES])
def test_streams_meet_only_after_the_first_half(plan: Schedule) -> None:
    """Streams that met early would search the same plans; nothing is planned beyond the last round."""
    assert min(plan.meetings) >= ROUNDS / 2
    assert max(*plan.meetings, *plan.selections) < ROUNDS


def test_a_search_cools_several_times_only_with_plenty_of_moves() -> None:
    """The number of moves for each job decides, so that a long day cools once in the time a short one cools often."""
    assert schedule(100 * PLENTY, 100) is SEVERAL_TIMES
    assert schedule(100 * PLENTY - 1, 100) is ONCE
