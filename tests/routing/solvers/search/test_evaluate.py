"""The kernels' evaluator equals the clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.routing.clock import Clock, Walk
from fieldops.routing.program import NEVER, Program
from fieldops.routing.solvers.search.arrange import arrange, new_desk, suffices
from fieldops.routing.solvers.search.arrays import model_of
from fieldops.routing.solvers.search.cache import kernel
from fieldops.routing.solvers.search.evaluate import NOW, SOUND, STATE, WAITED, survey, walk
from tests.routing.solvers.search.days import random_program, random_tokens


@kernel
def arranged(model: Any, shift: int, jobs: Any, length: int, rows: Any, desk: Any) -> tuple[bool, int]:
    """Arrange a day, for Python."""
    if not survey(model, shift, jobs, length, rows):
        return False, 0
    lacks = suffices(model, shift, jobs, length, desk.left, desk.drawn)
    sound, cost, _, _ = arrange(model, shift, jobs, length, length, rows, desk, lacks, -NEVER, NEVER)
    return sound, cost


@kernel
def walked(model: Any, shift: int, tokens: Any, length: int, rows: Any, desk: Any) -> tuple[int, int, int, int, bool]:
    """Walk a day, for Python; the last says whether every job finds its parts."""
    verdict, cost, depart, back = walk(model, shift, tokens, length, 0, rows, True)
    return verdict, cost, depart, back, suffices(model, shift, tokens, length, desk.left, desk.drawn) == length


def kernel_arranged(program: Program, shift: int, jobs: list[int]) -> tuple[bool, int]:
    """Return whether the kernel finds a sound day of these jobs, and its cost."""
    model, given = model_of(program), np.array([*jobs, 0], np.int64)
    rows, desk = np.zeros((len(jobs) + 1, STATE), np.int64), new_desk(model, len(jobs))
    sound, cost = arranged(model, shift, given, len(jobs), rows, desk)
    return sound, int(cost)


def kernel_walk(program: Program, shift: int, tokens: list[int]) -> tuple[bool, int, int, int, list[int]]:
    """Return whether the kernel finds the day sound, its cost, departure, return and starts."""
    model, given = model_of(program), np.array([*tokens, 0], np.int64)
    rows = np.zeros((len(tokens) + 1, STATE), np.int64)
    verdict, cost, depart, back, equipped = walked(model, shift, given, len(tokens), rows, new_desk(model, len(tokens)))
    starts, n = [], len(program.jobs)
    for i, token in enumerate(tokens):
        if program.is_rest(token):
            length = program.rests[shift][token - program.first_rest][0]
        else:
            length = int(program.service[token] if token < n else program.depot_service[token - n])
        moved = max(0, depart - int(program.start[shift]) - int(rows[i + 1, WAITED]))
        starts.append(int(rows[i + 1, NOW]) - length + moved)
    return verdict == SOUND and bool(equipped), int(cost), int(depart), int(back), starts


def same(program: Program, shift: int, tokens: list[int], walked: Walk) -> bool:
    """Hold one sequence; return whether it was a sound day."""
    sound, cost, depart, back, starts = kernel_walk(program, shift, tokens)
    assert sound == (walked.breach == 0) or not tokens
    if sound:
        assert (cost, depart, back) == (walked.cost, walked.depart, walked.back)
        assert starts == list(walked.starts)
    return sound


@pytest.mark.parametrize("block", range(8))
def test_random_days_equal_the_clock(block: int) -> None:
    """Thousands of random sequences with every verb: the same verdict, times and cost as the clock's."""
    draw = np.random.default_rng(block)
    sound = 0
    for _ in range(60):
        program = random_program(draw, jobs=6, shifts=2, rests=2, depots=block % 3)
        clock = Clock(program)
        for _ in range(12):
            shift = int(draw.integers(0, 2))
            tokens = random_tokens(draw, program, shift, longest=4)
            sound += same(program, shift, tokens, clock.walk(shift, tokens))
    assert sound > 60  # the comparison of times would mean nothing without sound days


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_any_day_equals_the_clock(seed: int) -> None:
    """Hypothesis looks for a sequence on which kernel and clock differ."""
    draw = np.random.default_rng(seed)
    program = random_program(draw, jobs=5, shifts=2, rests=2, depots=int(draw.integers(0, 3)))
    shift = int(draw.integers(0, 2))
    tokens = random_tokens(draw, program, shift)
    same(program, shift, tokens, Clock(program).walk(shift, tokens))


@pytest.mark.parametrize("depots", [0, 1, 2])
@pytest.mark.parametrize("block", range(4))
def test_rests_and_stops_are_placed_as_well_as_the_clock_does(block: int, depots: int) -> None:
    """With one rest and one stop at most the kernel tries every place: a sound day as cheap as the clock's best."""
    draw = np.random.default_rng(100 + block)
    rested = restocked = 0
    for _ in range(150):
        program = random_program(draw, jobs=5, shifts=2, rests=1, depots=depots)
        clock, shift = Clock(program), int(draw.integers(0, 2))
        jobs = [t for t in random_tokens(draw, program, shift, 4) if program.is_job(t)]
        sound, cost = kernel_arranged(program, shift, jobs)
        tokens, walked = clock.with_stops(shift, jobs)
        assert sound == (walked.breach == 0) or not jobs
        if sound and jobs:
            assert cost == walked.cost
            rested += any(map(program.is_rest, tokens))
            restocked += any(not program.is_job(token) and not program.is_rest(token) for token in tokens)
    assert rested > 3
    assert restocked > 3 or not depots
