"""``python -m benchmarks.results [FILE.json ...]``: keep runs without their routes, and write RESULTS.md from all kept.

    python -m benchmarks.run trsp --limit 60 --workers 2 --out out/trsp-60.json
    pytest benchmarks --benchmark-only --benchmark-json=out/speed.json
    python -m benchmarks.results out/*.json

A file is kept as `results/` under its name, so a later run of that name replaces it. Nothing on the page is typed by
hand: without files the page is made again from what is kept.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ledger import as_json
from benchmarks.machine import ABSENT
from benchmarks.peers import by_day, by_group
from benchmarks.tables import alike, averages

HERE = Path(__file__).resolve().parent
KEPT, PAGE = HERE / "results", HERE / "RESULTS.md"
SPEED, CPU = "speed", "process_time"
ORDER = ("trsp", "skills", "days", "praxedo", "sdvrptw", "solomon", "startup", "raf", "auto", SPEED)
LIBRARIES = ("python", "numba", "numpy", "ortools", "pyvrp", "pyvroom")
SPEED_TITLE = "Speed: medians of one call, and what pytest-benchmark was told beside them"
HEAD = """# Results

Made by `python -m benchmarks.results` from the files in `results/`, each written by the command above its tables.
Nothing here is typed by hand. Gaps are to the best known values of the data, negative where they are beaten, and stand
only where as much is served. Machines are shared and noisy: compare within a table. What the families are, and who
scores: [README.md](README.md).
"""

Run = dict[str, Any]
Row = Mapping[str, Any]


def lean(run: Run) -> Run:
    """Return a run without routes and the tables beside its rows; one of pytest-benchmark in the form of the others.

    Raises
    ------
    ValueError
        When it is neither.
    """
    if "benchmarks" in run:
        timed = [f"--benchmark-timer=time.{CPU}"] if run["benchmarks"][0]["options"]["timer"] == CPU else []
        return {
            "family": SPEED, "date": run["datetime"][:16],
            "command": " ".join(["pytest benchmarks --benchmark-only", *timed]),
            "machine": {
                "processor": run["machine_info"]["cpu"].get("brand_raw", run["machine_info"]["machine"]),
                "cores": run["machine_info"]["cpu"].get("count"), "python": run["machine_info"]["python_version"],
            },
            "terms": {}, "summary": {},
            "results": [
                {"test": test["name"], "median_s": test["stats"]["median"], **test["extra_info"]}
                for test in run["benchmarks"]
            ],
        }  # fmt: skip
    if not {"family", "machine", "results"} <= set(run):
        raise ValueError("this is no run of a benchmark")
    shown = {key: value for key, value in run.items() if key != "tables"}
    return {**shown, "results": [{key: row[key] for key in row if key != "routes"} for row in run["results"]]}


def page(runs: Sequence[Run]) -> str:
    """Return the page: a section a run."""
    return "\n".join([HEAD, *("\n".join(section(run)) for run in runs)])


def section(run: Run) -> Iterator[str]:
    """Yield the lines of one run: what it is, how it was made, its tables."""
    rows, machine, terms = run["results"], run["machine"], run.get("terms", {})
    limit = f", {terms['limit']:g} s" if terms.get("limit") else ""
    yield f"## {title(run['family'])}{limit}\n"
    made = [f"`{run['command']}`", run["date"].replace("T", " "), f"{machine['processor']}, {machine['cores']} cores"]
    made.append(", ".join(f"{name} {machine[name]}" for name in LIBRARIES if machine.get(name, ABSENT) != ABSENT))
    yield "; ".join([*made, *([f"code {terms['code']}"] if "code" in terms else [])]) + "\n"
    if "summary" not in run:
        yield f"**Unfinished**: {len(rows)} rows so far.\n"
    if "peers" in terms:
        names = list(dict.fromkeys(row["solver"] for row in rows))
        yield markdown(by_group(rows, names))
        yield "Worth unserved / driving of each day:\n"
        yield markdown(by_day(rows, names))
    elif rows and "objective" in rows[0]:
        yield markdown([averages(rows)])
        yield markdown(rows)
    else:
        yield from (markdown(some) for some in alike(rows))


def title(family: str) -> str:
    """Return the first sentence that a family's module says of itself."""
    path = HERE / "families" / f"{family}.py"
    if not path.is_file():
        return SPEED_TITLE if family == SPEED else family
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or family).splitlines()[0].rstrip(".")


def markdown(rows: Sequence[Row]) -> str:
    """Return rows as a table; columns that say nothing are left out."""
    heads = [
        key
        for key in dict.fromkeys(key for row in rows for key in row)
        if any(row.get(key) not in (None, "", [], {}) and not isinstance(row.get(key), list | dict) for row in rows)
    ]
    lines = [heads, ["---:" if _number(rows, head) else "---" for head in heads]]
    lines += [[told(head, row.get(head)) for head in heads] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _number(rows: Sequence[Row], head: str) -> bool:
    return all(isinstance(row.get(head), int | float | None) for row in rows)


def told(head: str, value: Any) -> str:
    """Return a figure as the page shows it: gaps in per cent, four figures of what is below a thousand."""
    if value is None or value == "":
        return "-"
    if isinstance(value, float) and "gap" in head:
        return f"{100 * value:.2f} %"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    return str(value)


def kept() -> list[Run]:
    """Return the runs that are kept, in the order of the page."""
    runs = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(KEPT.glob("*.json"))]
    place = {family: number for number, family in enumerate(ORDER)}
    return [run for _, run in sorted(runs, key=lambda item: (place.get(item[1]["family"], len(ORDER)), item[0]))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Keep the files named and write the page; return 0."""
    for name in sys.argv[1:] if arguments is None else arguments:
        try:
            run = lean(json.loads(Path(name).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise SystemExit(f"{name} can't be kept: {error}") from None
        KEPT.mkdir(exist_ok=True)
        (KEPT / f"{Path(name).stem}.json").write_text(
            as_json({key: value for key, value in run.items() if key != "results"}, run["results"]), encoding="utf-8"
        )
    PAGE.write_text(page(kept()), encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
