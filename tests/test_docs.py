"""The documentation says what the code does: pages made of code are fresh, examples run, links lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> str:
    """Return all Python blocks of a page, one after the other."""
    return "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S))


def test_the_page_of_tables_is_fresh() -> None:
    """A column that is added or changed shows on the page, because the page is made of the columns."""
    made = runpy.run_path(str(ROOT / "tools" / "tables_page.py"))["page"]()
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == made, "run python tools/tables_page.py"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_runs(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What the README shows first must run as it stands, from the checkout."""
    monkeypatch.chdir(ROOT)
    exec(compile(blocks(ROOT / page).replace("time_limit_s=5", "time_limit_s=1"), page, "exec"), {})
    assert "drive_min" in capsys.readouterr().out


def test_the_rule_of_the_rules_page_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that the page teaches must hold: nobody climbs higher than they may."""
    from fieldops import Job, Problem, Shift, Technician, Travel

    travel = Travel.from_matrix(["a", "b"], [[0, 600], [600, 0]])
    job = Job("J1", "b", 1800, {"floor": 9})
    people = (Technician("T1", "", {"max_floor": 3}), Technician("T2", "", {"max_floor": 12}))
    shifts = tuple(Shift(f"S{n}", f"T{n}", 0, 36_000, "a", "a") for n in (1, 2))
    told: dict[str, object] = {"problem": Problem((job,), people, shifts, travel)}
    exec(compile(blocks(ROOT / "docs" / "rules.md"), "rules.md", "exec"), told)
    plan = told["tonight"]
    assert [day.shift for day in plan.days] == ["S2"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file that isn't there is a door painted on the wall."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_own_rule_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Adding a rule without touching the package is a promise; the example keeps it."""
    runpy.run_path(str(ROOT / "examples" / "own_rule.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "none breached" in said
    assert "without the two rules" in said
