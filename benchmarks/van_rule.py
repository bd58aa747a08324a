"""The van of the technician routing problem: own tools and parts, and one stop at the depot for everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fieldops.routing.domain import Day, Problem, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules import Rule
from fieldops.routing.rules.words import who


class Van(Rule):
    """Tools must be in the van and parts suffice; each depot gives all tools and any number of parts, one stop a day.

    Jobs ride with ``tools_needed`` (names) and ``parts_needed`` (name, pieces), technicians with ``tools_held`` and
    ``parts_held``.
    """

    name = "van"

    def post(self, problem: Problem, program: Program) -> None:
        """Say what each job needs, each van carries and each depot gives, and that a day may stop there."""
        kinds: dict[str, bool] = {}
        for job, order in enumerate(program.jobs):
            for tool in sorted(order.values["tools_needed"]):
                program.need(job, tool, tool=True)
                kinds[tool] = True
            for part, pieces in order.values["parts_needed"]:
                program.need(job, part, pieces)
                kinds[part] = False
        for depot in range(len(program.depots)):
            for kind, tool in sorted(kinds.items()):
                program.pool(depot, kind, tool=tool)
        for index, shift in enumerate(program.shifts):
            values = problem.values(shift)
            for tool in sorted(values["tools_held"]):
                program.carry(index, tool, tool=True)
            for part, pieces in values["parts_held"]:
                program.carry(index, part, pieces)
            for depot in range(len(program.depots)):
                program.restock(index, depot)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Go through the day with the van and name what is not in it, and a second stop at the depot."""
        person, values = who(problem, day.shift), problem.values(problem.shift[day.shift])
        tools, parts, stops = set(values["tools_held"]), Counter(dict(values["parts_held"])), 0
        for stop in day.stops:
            stops += stop.kind == "restock"
            if stop.kind != "job" or stops:
                continue
            needs = problem.job[stop.id].values
            for tool in sorted(needs["tools_needed"] - tools):
                yield self._lack(f"{person} lacks {tool} for order {stop.id}", 1, stop.id, day.shift)
            for part, pieces in needs["parts_needed"]:
                short = min(pieces, pieces - parts[part])
                parts[part] -= pieces
                if short > 0:
                    yield self._lack(f"{person} lacks {short} of {part} for order {stop.id}", short, stop.id, day.shift)
        if stops > 1:
            yield self._lack(f"{person} stops at the depot {stops} times", stops - 1, "", day.shift)

    def _lack(self, words: str, pieces: int, job: str, shift: str) -> Violation:
        return Violation(self.name, words, pieces, "pcs", job, shift, "stop at the depot before", float(pieces))
