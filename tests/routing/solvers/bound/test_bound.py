"""The bound: never above any plan, as high as mixing all routes allows, valid whenever it is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from operator import mul
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from fieldops.routing.check import Judge, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.given import concede
from fieldops.routing.program import NOBODY, Program
from fieldops.routing.rules import RULES
from fieldops.routing.solvers import Halt, Task, value
from fieldops.routing.solvers.bound import Bound, bound, closing, ground
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.insertion import Insertion
from tests.routing.make import department
from tests.routing.oracles import best_plan
from tests.routing.solvers.bound.days import (
    ALL,
    LOADED,
    PLAIN,
    STOPS,
    Drawn,
    Few,
    best_by_worth,
    days,
    drawing_days,
    random_program,
)  # fmt: skip

FEATURES = {
    "plain": PLAIN,
    "windows": frozenset({"windows"}),
    "due": frozenset({"windows", "due"}),
    "limits": frozenset({"windows", "limits"}),
    "twins": frozenset({"windows", "twins"}),
    "started": frozenset({"windows", "started"}),
    "rest": frozenset({"windows", "rest"}),
    "two windows": frozenset({"two windows"}),
    "cheap": frozenset({"due", "cheap due", "cheap overtime"}),
    "loaded": frozenset({"windows", LOADED}),
    "stops": frozenset({"windows", STOPS}),
    "all": ALL,
}
EXACT = ("plain", "windows", "due", "limits", "twins", "started", "loaded")

STOCK = {"need", "carry", "pool", "load", "restock"}  # named though loading alone is held exactly


def programs(name: str, count: int = 6) -> list[Program]:
    """Return some random programs with these features."""
    jobs = 4 if {"rest", STOPS} & FEATURES[name] else 5
    return [random_program(np.random.default_rng(seed), FEATURES[name], jobs) for seed in range(count)]


def asked(program: Program, worth: int, **how: object) -> Bound:
    """Return the bound at a worth."""
    return bound(program, Clock(program), plan_worth=worth, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FEATURES)
def test_no_plan_costs_less(name: str) -> None:
    """A bound above some plan proves a falsehood: brute force over every plan is the judge, at every worth."""
    met = 0
    for program in programs(name):
        best = best_by_worth(program)
        for worth in sorted(best)[:3]:
            least = min(cost for out, cost in best.items() if out <= worth)
            found = asked(program, worth)
            assert found.complete
            assert 0 <= found.cost <= least
            met += found.cost == least
    assert met >= (4 if name in ("all", "stops") else 9), "a bound that is never reached may be nothing but zero"


@pytest.mark.parametrize("name", EXACT)
def test_it_is_the_linear_program_of_all_days(name: str) -> None:
    """Where no verb is relaxed the bound must be what mixing all real days costs, or pricing misses or invents days."""
    for program in programs(name):
        by_shift = [drawing_days(program, Clock(program), shift) for shift in range(len(program.shifts))]
        for worth in sorted(best_by_worth(program))[:2]:
            found = asked(program, worth)
            assert not set(found.relaxed) - STOCK
            mixed = mix_of_all(program, by_shift, worth)
            rows = len(program.jobs) + len(program.shifts)  # each price is rounded to a whole number
            assert found.root == pytest.approx(mixed, rel=1e-4, abs=rows)


@pytest.mark.parametrize("name", FEATURES)
def test_the_gap_is_closed(name: str) -> None:
    """Told of a plan, the proof must go on to the cheapest of all plans where no verb is relaxed, and never past it."""
    met = plans = 0
    for program in programs(name):
        best = best_by_worth(program)
        for worth in sorted(best)[:3]:
            least = min(cost for out, cost in best.items() if out <= worth)
            for more in (0, 7, 500):
                found = asked(program, worth, upper_cost=least + more)
                assert found.root <= found.cost <= least
                if name in EXACT:
                    assert found.cost == least
                met += found.cost == least
                if found.routes is not None:
                    out, cost = value(Clock(program), found.routes)
                    assert out <= worth
                    assert least <= cost < least + more
                    plans += 1
    assert met >= 20
    assert plans >= 6, "no better plan was ever met on the way"


@pytest.mark.parametrize("name", ["rest", "all"])
def test_many_listed_days_or_few(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lists must stay short cuts and choices close what they can; nothing false may be proved for it."""
    monkeypatch.setattr(closing, "MOST", 6)
    part = 0
    for seed in (1, 2, 5, 7):
        program = random_program(np.random.default_rng(seed), FEATURES[name])
        best = best_by_worth(program)
        for worth in sorted(best)[:2]:
            least = min(cost for out, cost in best.items() if out <= worth)
            found = asked(program, worth, upper_cost=least + 400)
            assert found.root <= found.cost <= least
            part += found.root < found.cost and found.nodes > 1
    assert part, "nothing was ever branched on"


def mix_of_all(program: Program, by_shift: list[dict[tuple[int, Drawn], int]], worth: int) -> float:
    """Return the least cost of mixing all sound days, by another library's linear program."""
    n, columns, costs = len(program.jobs), [], []
    pools = [((depot, kind), held) for depot, pool in enumerate(program.stock.pools) for kind, held in pool.items()]
    for shift, found in enumerate(by_shift):
        for (served, drawn), cost in found.items():
            visits = [served >> job & 1 for job in range(n)]
            draws = [dict(drawn).get(key, 0) for key, _ in pools]
            columns.append((visits, [int(k == shift) for k in range(len(by_shift))], 0, draws))
            costs.append(cost)
    for job in range(n):
        if program.pinned[job] == NOBODY and program.worth[job] <= worth:
            visits = [int(k == job) for k in range(n)]
            columns.append((visits, [0] * len(by_shift), int(program.worth[job]), [0] * len(pools)))
            costs.append(0)
    jobs, shifts, out, draws = (np.array([column[part] for column in columns]).T for part in range(4))
    most = [1] * len(by_shift) + [worth] + [held for _, held in pools]
    answer = linprog(costs, np.vstack([shifts, out[None], draws]), most, jobs, [1] * n)
    assert answer.status == 0
    return float(answer.fun)


@pytest.mark.parametrize("name", FEATURES)
def test_its_prices_prove_it(name: str) -> None:
    """The certificate must hold without the library: no real day gains more at these prices than is granted."""
    for program in programs(name, 4):
        worth = min(best_by_worth(program))
        found = asked(program, worth)
        price = [found.job_prices[job.id] for job in program.jobs]
        granted = [found.shift_prices[shift.id] for shift in program.shifts]
        fine = sum(price) - found.worth_price * worth + sum(granted) - found.stock_price
        rows = Pools(program).rows
        assert found.stock_price == sum(map(mul, found.pool_prices, (row.limit for row in rows)))
        assert all(paid >= 0 for paid in found.pool_prices)
        assert found.root == max(0, -(-fine // found.fine))
        assert found.worth_price >= 0
        for job in range(len(price)):
            may_be_left_out = program.pinned[job] == NOBODY and program.worth[job] <= worth
            assert not may_be_left_out or price[job] <= found.worth_price * program.worth[job]
        for shift in range(len(granted)):
            for served, cost in days(program, Clock(program), shift).items():
                gain = sum(price[job] for job in range(len(price)) if served >> job & 1)
                for paid, row in zip(found.pool_prices, rows, strict=True):
                    gain -= paid * sum(int(row.draws(shift)[job]) for job in range(len(price)) if served >> job & 1)
                assert found.fine * cost - gain >= granted[shift]


def test_departments_by_the_checker() -> None:
    """Days read from tables, with every column, against the oracle that asks the checker and not the program."""
    seen = 0
    for seed in range(12):
        problem = department(seed, jobs=3, shifts=2)
        judge = Judge(problem, RULES, Clock(compile_rules(problem)))
        concede(judge.clock)
        try:
            (worth, cost), _ = best_plan(problem, judge=judge)
        except (ValueError, AttributeError):
            continue  # kept work that no plan can hold
        found = bound(judge.clock.program, judge.clock, plan_worth=worth)
        assert found.cost <= cost
        seen += 1
    assert seen >= 3


def test_stopped_early_it_still_holds() -> None:
    """Whoever stops the proof gets what is proved by then: never too much, and more with more time."""
    program = programs("windows", 4)[3]
    best = best_by_worth(program)
    worth = min(best)
    reached = [asked(program, worth, halt=Few(times)) for times in range(0, 200, 7)]
    costs = [found.cost for found in reached]
    assert costs[0] == 0
    assert not reached[0].complete
    assert all(early <= late for early, late in pairwise(costs))
    assert costs[-1] <= best[worth]
    assert costs[-1] == asked(program, worth).cost


def test_a_known_plan_changes_nothing() -> None:
    """Routes to begin with speed the proof up; they may not move it, however bad they are."""
    for program in programs("windows", 4):
        clock = Clock(program)
        task = Task(program, clock, Judge(program.problem, RULES, clock), {}, [[], []], Halt())
        routes: list[list[int]] = [[] for _ in program.shifts]
        for job in range(len(program.jobs)):
            may = [s for s in range(len(routes)) if program.allowed[job, s] and not routes[s]]
            may = [s for s in may if not clock.walk(s, [job]).breach]
            if may:
                routes[may[0]] = [job]
        worth, cost = value(task.clock, routes)
        alone, seeded = asked(program, worth), asked(program, worth, columns=enumerate(routes), upper_cost=cost)
        assert seeded.root == pytest.approx(alone.root, rel=1e-5, abs=1)
        assert seeded.cost <= cost


def test_order_of_rows_is_nothing() -> None:
    """The order in which a table lists orders and shifts says nothing about what a plan must cost."""
    problem = department(5, jobs=5, shifts=3, pinned=False)
    turned = problem.replace(jobs=problem.jobs[::-1], shifts=problem.shifts[::-1])
    one, other = (compile_rules(p) for p in (problem, turned))
    a, b = (asked(program, 0) for program in (one, other))
    assert (a.cost, a.job_prices, a.shift_prices, a.labels) == (b.cost, b.job_prices, b.shift_prices, b.labels)


def test_returns_are_ruled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routes that remember only one neighbour cheat by returning to jobs; in the end none may be left that does."""
    wide = [asked(program, 0) for program in programs("windows")]
    monkeypatch.setattr(ground, "NEIGHBOURS", 1)
    narrow = [asked(program, 0) for program in programs("windows")]
    assert [found.root for found in narrow] == pytest.approx([found.root for found in wide], rel=1e-4, abs=1)
    assert [found.iterations for found in narrow] != [found.iterations for found in wide], "nothing was forgotten"


def test_it_is_below_a_real_plan_and_near() -> None:
    """On a day of twenty orders the bound must come within sight of a plan, and never pass it."""
    from benchmarks.dispatched_day import dispatched
    from benchmarks.generate_days import generate

    problem = dispatched(generate(20, 1), technicians=4)
    clock = Clock(compile_rules(problem))
    task = Task(clock.program, clock, Judge(problem, RULES, clock), {}, [[] for _ in problem.shifts], Halt())
    routes = Insertion().solve(task).routes
    worth, cost = value(clock, routes)
    found = bound(clock.program, clock, plan_worth=worth, upper_cost=cost, columns=enumerate(routes), halt=Halt(120))
    assert found.complete
    assert 0.6 * cost < found.cost <= cost
    assert found.gap(cost) == pytest.approx((cost - found.cost) / cost)


def test_what_is_relaxed_is_named() -> None:
    """People must know of which rules the proof knows less than the plan."""
    assert {verb for program in programs("two windows") for verb in asked(program, 100).relaxed} == {"start_within"}
    assert {verb for program in programs("cheap") for verb in asked(program, 100).relaxed} == {"due", "workday"}
    assert {verb for program in programs("rest") for verb in asked(program, 100).relaxed} == {"rest"}


def test_rewards_are_refused() -> None:
    """Dropping a negative price would raise the bound, so a program that holds one gets none."""
    program = programs("plain", 1)[0]
    program.drive_rate[0] = -1
    with pytest.raises(ValueError, match="drive_rate"):
        asked(program, 0)


def test_nothing_to_plan_costs_nothing() -> None:
    """A day without orders, or without shifts, is bounded by zero instead of failing."""
    problem = department(1, jobs=2, shifts=1, pinned=False)
    for empty in (problem.replace(jobs=()), problem.replace(shifts=())):
        program = compile_rules(empty)
        assert asked(program, int(program.worth.sum())).cost == 0


def test_kernels_run_as_plain_python() -> None:
    """Without the compiler the same numbers come out, so that coverage and debuggers see the kernels."""
    code = (
        "import numpy as np\n"
        "from fieldops.routing.clock import Clock\n"
        "from fieldops.routing.solvers.bound import bound\n"
        "from tests.routing.solvers.bound.days import ALL, random_program\n"
        "program = random_program(np.random.default_rng(3), ALL, 4)\n"
        "found = bound(program, Clock(program), plan_worth=1)\n"
        "print(found.cost, found.labels)\n"
    )
    root = Path(__file__).resolve().parents[4]
    path = os.pathsep.join([str(root / "src"), str(root)])
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
    )  # fmt: skip
    here = asked(random_program(np.random.default_rng(3), ALL, 4), 1)
    assert ran.stdout.split() == [str(here.cost), str(here.labels)]
