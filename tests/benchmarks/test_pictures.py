"""Pictures of results: what is drawn is what the runs hold, at the right place, in sound SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import pictures
from benchmarks.charts import Line, Scale, chart
from benchmarks.families import convergence, days
from benchmarks.generate_days import generate
from benchmarks.options import Options

MACHINE = {"processor": "Abacus", "cores": 2}
SVG = "{http://www.w3.org/2000/svg}"


def _run(family: str, rows: list[dict[str, Any]], **terms: Any) -> dict[str, Any]:
    command = f"python -m benchmarks.run {family}" + (f" --limit {terms['limit']}" if "limit" in terms else "")
    return {
        "family": family, "command": command, "date": "2026-11-22T08:00", "machine": MACHINE, "terms": terms,
        "results": rows,
    }  # fmt: skip


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(0, 61, 0, 1), [0, 20, 40, 60]),
        (Scale(0.2, 15, 0, 1, log=True), [0.2, 0.3, 0.5, 1, 2, 3, 5, 10]),
        (Scale(27_400, 31_000, 0, 1), [28_000, 29_000, 30_000, 31_000]),
    ],
)
def test_ticks_are_round_and_within(scale: Scale, ticks: list[float]) -> None:
    """An axis shows a few round values of its own range."""
    assert scale.ticks == pytest.approx(ticks)


def test_a_chart_puts_points_where_they_belong() -> None:
    """The lowest point lies lowest, the last is the rightmost, names and note are told, markup is escaped."""
    svg = chart(
        "A < B", [Line("one", [(1, 5), (0, 0), (2, 10)]), Line("two", [(0, 10), (2, 10)])], x="s", y="m", note="n"
    )
    spots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in ElementTree.fromstring(svg).iter(f"{SVG}circle")]
    (left, low), (middle, half), (right, high) = spots[:3]
    assert left < middle < right
    assert middle == pytest.approx((left + right) / 2, abs=0.1)
    assert low > half > high
    assert half == pytest.approx((low + high) / 2, abs=0.1)
    assert spots[4] == spots[2]
    assert {"A < B", "one", "two", "s", "m", "n"} <= set(_texts(svg))
    names = [e for e in ElementTree.fromstring(svg).iter(f"{SVG}text") if e.text in ("one", "two")]
    assert abs(float(names[0].attrib["y"]) - float(names[1].attrib["y"])) >= 12, "names lie on each other"


def test_nothing_to_draw_is_refused() -> None:
    """An empty chart must not look like a result."""
    with pytest.raises(ValueError, match="no points"):
        chart("Empty", [Line("one", [])], x="", y="")


def test_gaps_are_to_the_shortest_of_each_day_on_days_that_all_have() -> None:
    """Two limits; one day is served by all at both, the other is not and stays out."""

    def row(day: str, solver: str, driving: float, worth: int = 0) -> dict[str, Any]:
        return {
            "instance": day, "solver": solver, "objective": driving, "worth_unserved": worth, "planned": True
        }  # fmt: skip

    quick = [row("a", "fieldops", 110), row("a", "vroom", 120), row("b", "fieldops", 1), row("b", "vroom", 1, 3)]
    long = [row("a", "fieldops", 100), row("a", "vroom", 105), row("b", "fieldops", 1), row("b", "vroom", 1)]
    runs = [_run("skills", long, limit=10.0, peers="vroom"), _run("skills", quick, limit=2.0, peers="vroom")]
    svg = pictures.peers(runs)["peers"]
    assert any("1 days with skills" in text for text in _texts(svg))
    assert any("--limit 2,10; 2026-11-22; Abacus, 2 cores" in text for text in _texts(svg))
    spots = [float(c.attrib["cy"]) for c in ElementTree.fromstring(svg).iter(f"{SVG}circle")]
    own, other = spots[:2], spots[2:]
    zero, ten, five, twenty = own[1], own[0], other[1], other[0]
    assert zero - ten == pytest.approx(10 * (zero - five) / 5, abs=0.2)
    assert zero - twenty == pytest.approx(2 * (zero - ten), abs=0.2)
    assert pictures.peers(runs[:1]) == {}


def test_growth_is_read_off_the_speed_facts() -> None:
    """Moves a second by size and kind, and the first plan; other tests stay out."""
    rows = [
        {"test": "test_moves_by_size[100-rest]", "median_s": 1.0, "moves_per_s": 9000},
        {"test": "test_moves_by_size[300-rest]", "median_s": 1.0, "moves_per_s": 7000},
        {"test": "test_moves_by_size[100-no-rest]", "median_s": 1.0, "moves_per_s": 20000},
        {"test": "test_first_plan[300]", "median_s": 0.2},
        {"test": "test_moves_by_shifts[130]", "median_s": 1.0, "moves_per_s": 1},
    ]
    made = pictures.growth([_run("speed", rows)])
    assert {"with lunch", "without"} <= set(_texts(made["growth-moves"]))
    assert len(list(ElementTree.fromstring(made["growth-moves"]).iter(f"{SVG}circle"))) == 3
    assert len(list(ElementTree.fromstring(made["growth-first"]).iter(f"{SVG}circle"))) == 1


def test_convergence_keeps_what_was_told() -> None:
    """Better plans only get better (worth first), the last point is the plan handed out, and both pictures follow."""
    row = convergence.row(generate(21, 1), Options(Path(days.FOLDER), solver="insertion"), 2.0)
    points = row["points"]
    assert points[-1][1:] == (row["worth_unserved"], row["objective"])
    assert [point[0] for point in points] == sorted(point[0] for point in points)
    assert points[0][1] > points[-1][1]
    made = pictures.convergence([_run("convergence", [row], limit=2.0)])
    assert set(made) == {"convergence-worth", "convergence-cost"}
    assert all("21-1" in _texts(svg) for svg in made.values())
