"""The clock's five rules: days worked out by hand, and random days against brute force over departures."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldops.routing.check import Judge, check_day, compile_rules
from fieldops.routing.clock import Clock, Walk
from fieldops.routing.domain import Day, Problem
from fieldops.routing.given import concede
from fieldops.routing.program import NOBODY
from fieldops.routing.rules import RULES
from fieldops.units import MINUTE, money, per_metre
from tests.routing.make import clock as at
from tests.routing.make import department, hourly, job, problem, shift
from tests.routing.oracles import latest_departure, sequences

AN_HOUR = hourly(60)  # one currency unit a minute
A_MINUTE = money(1)
SEEDS = st.integers(0, 10**9)


def live(one: Problem, *tokens: int) -> tuple[Day, Walk]:
    """Time tokens on the first shift, in the rules' own words and in numbers."""
    timer = Clock(compile_rules(one))
    return timer.day(0, tokens), timer.walk(0, tokens)


def starts(day: Day) -> list[int]:
    """Return when the stops begin."""
    return [stop.start for stop in day.stops]


# ---- rules 1 and 2: leave at the start, drive at once, begin in the first window still open


def test_a_day_without_waiting_leaves_at_the_start_and_adds_up() -> None:
    """8:00 leave, 8:20 to 8:50 A, 9:00 to 9:30 B, 10:00 back: drives, times and cost by hand."""
    one = problem([job("A", 20), job("B", 30)], [shift("T", cost_per_hour=AN_HOUR, cost_per_km=per_metre(1))])
    day, walk = live(one, 0, 1)
    assert (day.depart, starts(day), day.back) == (at("8:00"), [at("8:20"), at("9:00")], at("10:00"))
    assert [stop.drive_s for stop in day.stops] == [20 * MINUTE, 10 * MINUTE]
    assert (day.home_drive_s, day.drive_s, day.drive_m) == (30 * MINUTE, 60 * MINUTE, 60_000)
    assert (walk.breach, walk.cost) == (0, 120 * A_MINUTE + 60 * money(1))


def test_a_window_is_waited_for_when_the_day_can_leave_no_later() -> None:
    """B opens at 12:00 but A closes at 8:20, so the day leaves at 8:00 and waits before B."""
    one = problem([job("A", 20, latest=at("8:20")), job("B", 30, earliest=at("12:00"))], [shift("T")])
    day, walk = live(one, 0, 1)
    assert (day.depart, starts(day), walk.breach) == (at("8:00"), [at("8:20"), at("12:00")], 0)
    assert day.stops[1].arrive == at("9:00")


def test_of_several_windows_the_first_still_open_is_taken() -> None:
    """Windows of two days and a gap in between: too late for the morning, so the afternoon; never the past."""
    windows = ((at("7:00"), at("8:10")), (at("14:00"), at("15:00")), (at("9:00", 1), at("10:00", 1)))
    one = problem([job("A", 20, windows=windows), job("B", 20)], [shift("T"), shift("T", day=1)])
    day, _ = live(one, 0)
    assert starts(day) == [at("14:00")]
    assert day.depart == at("13:40")


def test_of_several_windows_on_several_days_each_shift_uses_its_own_day() -> None:
    """The same order on the second day's shift begins in the second day's window."""
    windows = ((at("9:00"), at("10:00")), (at("9:00", 1), at("10:00", 1)))
    one = problem([job("A", 20, windows=windows)], [shift("T"), shift("T", day=1)])
    timer = Clock(compile_rules(one))
    assert [starts(timer.day(s, [0])) for s in (0, 1)] == [[at("9:00")], [at("9:00", 1)]]


def test_windows_that_overlap_are_one() -> None:
    """10:00 to 10:30 and 10:10 to 15:00 let A begin until 15:00, so the day leaves 13:40 for B's 14:30."""
    windows = ((at("10:00"), at("10:30")), (at("10:10"), at("15:00")))
    one = problem([job("A", 20, windows=windows), job("B", 20, windows=((at("14:30"), at("14:30")),))], [shift("T")])
    day, walk = live(one, 0, 1)
    assert (day.depart, starts(day), walk.breach) == (at("13:40"), [at("14:00"), at("14:30")], 0)


def test_after_the_last_window_service_begins_at_once_and_the_day_is_broken() -> None:
    """Arriving at 9:00 for a window that ended at 8:30 breaks it by 30 minutes and delays no further."""
    one = problem([job("A", 60, latest=at("8:30"))], [shift("T")])
    day, walk = live(one, 0)
    assert (starts(day), walk.breach) == ([at("9:00")], 30 * MINUTE)


# ---- rule 3: rests


def test_a_rest_begins_at_its_earliest_where_the_stop_before_ended() -> None:
    """A ends at 8:50; the rest waits there until 11:30; B follows from A's place."""
    lunch = {"rest_min": 30 * MINUTE}
    one = problem([job("A", 20, latest=at("8:20")), job("B", 30)], [shift("T", **lunch)])
    day, walk = live(one, 0, 2, 1)
    assert starts(day) == [at("8:20"), at("11:30"), at("12:10")]
    assert (day.stops[1].kind, day.stops[1].place, day.stops[1].drive_s) == ("rest", "20", 0)
    assert walk.breach == 0


def test_a_rest_that_begins_too_late_breaks_the_day_by_its_delay() -> None:
    """A long order ends at 14:20, the rest should have begun by 13:30: 50 minutes."""
    one = problem([job("A", 20, 360)], [shift("T", rest_min=30 * MINUTE)])
    _, walk = live(one, 0, 1)
    assert walk.breach == 50 * MINUTE


# ---- rule 4: departure is delayed where that is free


def test_departure_is_delayed_by_the_wait() -> None:
    """The customer opens at 11:00, 20 minutes away: leave at 10:40 and be paid from then on."""
    one = problem([job("A", 20, windows=((at("11:00"), at("11:00")),))], [shift("T", cost_per_hour=AN_HOUR)])
    day, walk = live(one, 0)
    assert (day.depart, day.stops[0].arrive, walk.cost) == (at("10:40"), at("11:00"), 70 * A_MINUTE)


def test_delay_takes_up_the_slack_of_the_stops_before_the_wait() -> None:
    """A may begin until 10:00, B opens at 12:00: A moves to 10:00, 90 minutes of waiting stay."""
    one = problem(
        [job("A", 20, latest=at("10:00")), job("B", 20, earliest=at("12:00"))], [shift("T", cost_per_hour=AN_HOUR)]
    )
    day, walk = live(one, 0, 1)
    assert (day.depart, starts(day), day.back) == (at("9:40"), [at("10:00"), at("12:00")], at("12:50"))
    assert walk.cost == 190 * A_MINUTE


def test_a_paid_shift_moves_no_visit_but_leaves_later() -> None:
    """With the whole shift paid a delay buys nothing: A keeps its 9:00, only the wait before it goes."""
    one = problem(
        [job("A", 20, earliest=at("9:00")), job("B", 20, earliest=at("12:00"))],
        [shift("T", cost_per_hour=AN_HOUR, pay="shift")],
    )
    day, walk = live(one, 0, 1)
    assert (day.depart, starts(day)) == (at("8:40"), [at("9:00"), at("12:00")])
    assert walk.cost == 9 * 60 * A_MINUTE


@pytest.mark.parametrize(
    ("due", "start"),
    [
        ({"respond_by": at("9:15")}, "9:15"),
        ({"resolve_by": at("9:15")}, "8:45"),
        ({"respond_by": at("8:00")}, "8:20"),
        ({"respond_by": at("9:15"), "late_cost_per_hour": 0}, "11:20"),
        ({}, "11:20"),
    ],
)
def test_lateness_stops_the_delay(due: dict[str, int], start: str) -> None:
    """A is delayed until it would become late, not at all where it is late already, freely where that is free."""
    one = problem([job("A", 20, **due), job("B", 30, earliest=at("12:00"))], [shift("T", cost_per_hour=AN_HOUR)])
    day, walk = live(one, 0, 1)
    assert starts(day) == [at(start), at("12:00")]
    late = 20 * A_MINUTE if due.get("respond_by") == at("8:00") else 0
    assert walk.cost == (at("13:00") - day.depart) // MINUTE * A_MINUTE + late


def test_a_rest_stops_the_delay_at_its_latest_start() -> None:
    """The rest may begin until 13:30 and B opens at 16:00: the rest moves to 13:30, no further."""
    one = problem([job("A", 20), job("B", 20, earliest=at("16:00"))], [shift("T", rest_min=30 * MINUTE)])
    day, walk = live(one, 0, 2, 1)
    assert (starts(day), walk.breach) == ([at("13:00"), at("13:30"), at("16:00")], 0)


def test_delay_never_makes_the_day_end_later() -> None:
    """Without waiting there is no delay, however much slack the windows have."""
    one = problem([job("A", 20, latest=at("16:00"))], [shift("T")])
    assert live(one, 0)[0].depart == at("8:00")


def test_a_started_order_comes_first_and_holds_the_departure() -> None:
    """Begun at 7:30, before the shift: the day begins there and then, though B opens only at 12:00."""
    begun = job("A", 20, 60, status="started", technician="T", start=at("7:30"))
    one = problem([begun, job("B", 30, earliest=at("12:00"))], [shift("T", cost_per_hour=AN_HOUR)])
    day, walk = live(one, 0, 1)
    assert (day.origin, day.depart, starts(day)) == ("20", at("7:30"), [at("7:30"), at("12:00")])
    assert day.stops[0].drive_s == 0
    assert walk.cost == 330 * A_MINUTE
    assert live(one, 1, 0)[1].breach > 0


def test_a_started_order_without_a_moment_begins_with_the_shift() -> None:
    """Possible in code: it is going on as the shift begins, so no wait later on delays it."""
    begun = job("A", 20, 60, status="started", technician="T")
    one = problem([begun, job("B", 30, earliest=at("12:00"))], [shift("T", cost_per_hour=AN_HOUR)])
    day, _ = live(one, 0, 1)
    assert (day.depart, starts(day)) == (at("8:00"), [at("8:00"), at("12:00")])


# ---- rule 5: the rest at home


@pytest.mark.parametrize(
    ("opens", "breach"),
    [("12:20", 0), ("12:19", 30 * MINUTE), ("11:50", 30 * MINUTE)],
)
def test_a_day_that_leaves_after_its_rest_rests_at_home(opens: str, breach: int) -> None:
    """Leaving at 12:00 the rest from 11:30 to 12:00 was taken at home; leaving a minute earlier it was not."""
    there = (at(opens), at(opens))
    one = problem([job("A", 20, 120, windows=(there,))], [shift("T", rest_min=30 * MINUTE)])
    assert live(one, 0)[1].breach == breach


@pytest.mark.parametrize(("service", "breach"), [(290, 0), (291, 30 * MINUTE)])
def test_a_day_that_is_back_before_the_latest_rest_rests_at_home(service: int, breach: int) -> None:
    """Back at 13:30 the rest is taken at home; back a minute later it is missing."""
    one = problem([job("A", 20, service)], [shift("T", rest_min=30 * MINUTE)])
    day, walk = live(one, 0)
    assert (day.back == at("13:30"), walk.breach) == (not breach, breach)


# ---- the end of the day


def test_overtime_costs_and_ends_where_it_is_allowed_to() -> None:
    """Back at 17:40: 40 minutes of overtime at 1.5 times the price; 30 allowed leave 10 too many."""
    terms = {"cost_per_hour": AN_HOUR, "overtime_max_min": 30 * MINUTE}
    _, walk = live(problem([job("A", 20, 540)], [shift("T", **terms)]), 0)
    assert walk.cost == 540 * A_MINUTE + 40 * A_MINUTE * 3 // 2
    assert walk.breach == 10 * MINUTE


def test_limits_of_driving_break_by_what_is_over() -> None:
    """Forty minutes and 40 km at the wheel against limits of 30 and 35."""
    one = problem([job("A", 20)], [shift("T", drive_max_min=30 * MINUTE, drive_max_km=35_000)])
    assert live(one, 0)[1].breach == 10 * MINUTE + 5_000


def test_an_empty_sequence_costs_nothing() -> None:
    """A shift that is not used costs nothing, whatever its use would cost."""
    assert live(problem([], [shift("T", fixed_cost=money(5), pay="shift", cost_per_hour=AN_HOUR)]))[1].cost == 0


# ---- random days


def rested_late_for_nothing(timer: Clock, shift: int, tokens: list[int], walk: Walk) -> bool:
    """Whether a rest is planned too late that could be had at home: the clock is stricter than the rule."""
    rests = [(timer.program.rests[shift][t - timer.program.first_rest], s)
             for t, s in zip(tokens, walk.starts, strict=True) if timer.program.is_rest(t)]  # fmt: skip
    return any(walk.depart >= early + length and start > late for (length, early, late, _), start in rests)


@given(SEEDS, st.sampled_from([1, 10]))
@example(1779, 1)  # an order kept though it has no moment at all, after others
@example(8360, 1)  # a stop at a depot on a day that kept work keeps at a place without a way home
@example(8360, 10)
@settings(max_examples=300)
def test_clock_and_checker_agree_on_any_sequence(seed: int, ticks: int) -> None:
    """On random days with every feature the program's cost is the sum of the checker's charges, to the unit.

    And it breaks nothing exactly where the checker has nothing to say.
    """
    one = department(seed, jobs=3, ticks=ticks)
    timer = Clock(compile_rules(one))
    concede(timer)
    judge, program = Judge(one, RULES, timer), timer.program
    for index in range(len(program.shifts)):
        pinned = [j for j in range(len(program.jobs)) if program.pinned[j] == index]
        free = [j for j in range(len(program.jobs)) if j not in pinned]
        for jobs in (pinned, pinned + free[:1], pinned + free):
            tries = list(sequences(program, index, jobs)) if jobs else []
            for tokens in Random(seed).sample(tries, min(len(tries), 24)):
                walk = timer.walk(index, tokens)
                added, _, charges = judge.split(check_day(one, timer.day(index, tokens), RULES))
                assert walk.cost == sum(charge.money for charge in charges), (index, tokens)
                if not rested_late_for_nothing(timer, index, tokens, walk):
                    assert bool(walk.breach) == bool(added), (index, tokens, walk.breach, added)


@given(SEEDS)
@settings(max_examples=60)
def test_departure_is_as_late_as_brute_force_allows(seed: int) -> None:
    """Trying every departure on a grid finds none later that obeys rule 4, and the clock's own one does."""
    one = department(seed, jobs=3, pinned=False, unreachable=False)
    timer, step = Clock(compile_rules(one)), 150
    for index in range(len(timer.program.shifts)):
        for size in (1, len(timer.program.jobs)):
            tries = list(sequences(timer.program, index, range(size)))
            for tokens in Random(seed).sample(tries, min(len(tries), 12)):
                walk = timer.walk(index, tokens)
                assert 0 <= walk.depart - latest_departure(timer, index, tokens, step) < step, (index, tokens)


@given(SEEDS)
@settings(max_examples=40)
def test_with_stops_breaks_least_and_costs_least(seed: int) -> None:
    """The rest is put where no other place (or no rest at all) breaks less, or as little at less cost.

    So is a stop at a depot, among the places where it brings as much of what the van lacks as it can; one that
    brings nothing isn't made, not even as a short cut.
    """
    one = department(seed, jobs=3, pinned=False)
    timer = Clock(compile_rules(one))
    program = timer.program
    for index in range(len(program.shifts)):
        jobs = list(range(len(program.jobs)))
        Random(seed).shuffle(jobs)
        tokens, walk = timer.with_stops(index, jobs)
        assert walk == timer.walk(index, tokens)
        tries = [t for t in sequences(program, index, jobs) if [x for x in t if program.is_job(x)] == jobs]
        ways: dict[int, list[Walk]] = {}
        for one_way in tries:
            stop = next((t for t in one_way if not program.is_job(t) and not program.is_rest(t)), -1)
            ways.setdefault(stop, []).append(timer.walk(index, one_way))
        least = {stop: min(w.lacking for w in walks) for stop, walks in ways.items()}
        best = [
            (w.breach, w.cost)
            for stop, walks in ways.items()
            for w in walks
            if w.lacking == least[stop] and (stop == -1 or least[stop] < least[-1])
        ]
        assert (walk.breach, walk.cost) == min(best)


@given(SEEDS)
@settings(max_examples=40)
def test_a_day_is_read_back_as_its_tokens(seed: int) -> None:
    """Tokens to day to tokens loses nothing: what explanations and warm starts rely on."""
    one = department(seed, jobs=3)
    timer = Clock(compile_rules(one))
    program = timer.program
    for index in range(len(program.shifts)):
        for tokens in sequences(program, index, range(len(program.jobs))):
            if program.first[index] == NOBODY or tokens[:1] == [program.first[index]]:
                assert timer.tokens(timer.day(index, tokens)) == (index, tokens)
