"""Days that are planned and proved: which they are, and what a row tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import proofs
from benchmarks.families import days
from benchmarks.options import Options

HERE = Options(Path(days.FOLDER), limit=4.0, extra={"size": "14", "seeds": "1", "bound": "yes"})


def test_days_of_a_hundred_jobs_have_16_to_25_technicians() -> None:
    """The bar is stated for so many technicians, and the day stays as full with more of them."""
    made = [proofs.day_of(100, seed) for seed in range(1, 6)]
    assert [len(day.technicians) for day in made] == [16, 18, 20, 22, 25]
    assert [day.name for day in made] == [proofs.name_of(100, seed) for seed in range(1, 6)]
    assert proofs.day_of(300, 1).name == "300-1"


@pytest.mark.parametrize("plain", [True, False])
def test_a_row_tells_the_gap(plain: bool) -> None:
    """The gap in the row is that between its own objective and its own bound, whatever is paid for."""
    extra = {**HERE.extra, **({"plain": "yes"} if plain else {})}
    (row,) = days.run(Options(HERE.data, limit=4.0, extra=extra))["results"]
    assert 0 < row["bound"] <= row["objective"]
    assert row["gap_proven"] == pytest.approx(1 - row["bound"] / row["objective"], abs=1e-4)
    assert row["gap_root"] >= row["gap_proven"]
    served = [job for route in row["routes"] for job in route["stops"]]
    assert len(served) + row["unserved"] == 14


def test_plain_is_said_with_bound() -> None:
    """An option that means nothing alone is refused, not ignored."""
    with pytest.raises(SystemExit, match="--bound"):
        days.run(Options(HERE.data, extra={"plain": "yes"}))
