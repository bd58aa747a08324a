"""The configuration's words for policy, rate and order quantity reach the levels."""

from __future__ import annotations

from pathlib import Path

from tests.nightly.make import little, read, run, write

HEAD = '[stock]\nsince = "2026-01-01"\ntoday = "2026-11-23"\n'


def levels(path: Path, config: str, own: str = "") -> dict[str, dict[str, str]]:
    """Run a night with these keys; the first part may name a policy of its own."""
    tables = little()
    for row in tables["parts"]:
        row["policy"] = ""
    tables["parts"][0]["policy"] = own
    result = run("reorder", write(path / "in", tables, HEAD + config), "--out", path / "out")
    assert result.exit_code in (0, 3), result.output
    return {row["part"]: row for row in read(path / "out" / "levels.csv")}


def test_policy_and_quantity_of_the_configuration(tmp_path: Path) -> None:
    """All parts follow the configuration but the one that names its own policy."""
    found = levels(tmp_path, 'policy = "R,s,nQ"\norder_quantity = 6\n', own="S-1,S")
    first, *others = found.values()
    assert (first["policy"], first["order_quantity_pcs"]) == ("S-1,S", "1")
    assert {(row["policy"], row["order_quantity_pcs"]) for row in others} == {("R,s,nQ", "6")}


def test_rate_of_the_configuration(tmp_path: Path) -> None:
    """A smoothed rate is used, not only accepted."""
    by_mean, by_sba = (levels(tmp_path / name, f'rate = "{name}"\n') for name in ("mean", "sba"))
    column = "demand_pcs_per_month"
    assert [row[column] for row in by_mean.values()] != [row[column] for row in by_sba.values()]


def test_models_chosen_by_the_configuration(tmp_path: Path) -> None:
    """Every part says how it came to its model; the one that names its own in the table keeps it."""
    tables = little()
    for row in tables["parts"]:
        row["model"] = ""
    tables["parts"][0]["model"] = "poisson"
    result = run("reorder", write(tmp_path / "in", tables, HEAD + 'model = "chosen"\n'), "--out", tmp_path / "out")
    assert result.exit_code in (0, 3), result.output
    first, *others = read(tmp_path / "out" / "levels.csv")
    assert (first["part"], first["model"]) == (tables["parts"][0]["id"], "poisson")
    assert "model stated for the part" in first["why"]
    assert others
    assert all("default model kept" in row["why"] or "model chosen by" in row["why"] for row in others)


def test_an_unknown_policy_is_refused(tmp_path: Path) -> None:
    """A misspelt policy ends the night before anything is written, with the names there are."""
    result = run("reorder", write(tmp_path / "in", little(), HEAD + 'policy = "min-max"\n'), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "R,s,S" in result.output
    assert not (tmp_path / "out").exists()


def test_costs_of_the_configuration(tmp_path: Path) -> None:
    """Ordering costs make orders larger; a price of waiting decides instead of the target, and not beside one."""
    plain = levels(tmp_path / "plain", "")
    economic = levels(tmp_path / "economic", "[stock.costs]\norder = 500\n")
    by_cost = levels(tmp_path / "cost", "[stock.costs]\norder = 50\nwaiting_per_day = 20\n")
    for part, row in economic.items():
        assert int(row["order_quantity_pcs"]) > int(plain[part]["order_quantity_pcs"])
        assert row["target_rate"] == "0.95"
        assert by_cost[part]["target_rate"] == ""
        assert float(by_cost[part]["cost_per_year"]) > 0
    config = HEAD + "target = 0.9\n[stock.costs]\norder = 50\nwaiting_per_day = 20\n"
    result = run("reorder", write(tmp_path / "in", little(), config), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "waiting_per_day" in result.output


def test_one_target_for_the_range(tmp_path: Path) -> None:
    """A target or a budget for the whole range reaches the levels, and says so of each."""
    by_target = levels(tmp_path / "target", "range_target = 0.8\n")
    assert all("one target for the whole range" in row["why"] for row in by_target.values())
    low, high = (levels(tmp_path / str(money), f"range_budget = {money}\n") for money in (200, 6000))
    assert sum(int(row["reorder_point_pcs"]) for row in low.values()) < sum(
        int(row["reorder_point_pcs"]) for row in high.values()
    )


def test_deliveries_of_the_department_set_its_lead_times(tmp_path: Path) -> None:
    """A table of deliveries beside the others is read by its name: level and reason follow it; strangers are told."""
    tables, plain = little(), levels(tmp_path / "plain", "")
    days = ("02", "03", "04", "05", "28")
    tables["deliveries"] = [
        {"料号": "P1", "供应商": "", "下单日期": f"2026-0{at}-01", "到货日期": f"2026-0{at + 1}-{day}"}
        for at, day in enumerate(days, start=1)
    ]
    tables["deliveries"].append({**tables["deliveries"][0], "料号": "p1"})
    source = write(tmp_path / "in", tables, HEAD)
    result = run("reorder", source, "--out", tmp_path / "out", "--explain", "P1@XA")
    assert result.exit_code in (0, 3), result.output
    assert "1 deliveries name no part and no supplier" in result.output
    found = {row["part"]: row for row in read(tmp_path / "out" / "levels.csv")}
    assert "lead time of past deliveries" in found["P1"]["why"]
    assert float(found["P1"]["lead_time_days"]) > 14
    assert float(found["P1"]["lead_time_sd_days"]) > 5
    assert int(found["P1"]["reorder_point_pcs"]) > int(plain["P1"]["reorder_point_pcs"])
    assert found["P2"] == plain["P2"]
    assert "5 deliveries of the part" in (tmp_path / "out" / "level-P1-XA.html").read_text(encoding="utf-8")
    tables["deliveries"][0]["到货日期"] = "2025-01-01"
    tables["deliveries"][1]["到货日期"] = "2026-12-24"
    result = run("reorder", write(tmp_path / "in", tables, HEAD), "--out", tmp_path / "out")
    assert result.exit_code == 4
    assert "received-before-ordered" in result.output
    assert "future-delivery" in result.output


def test_headings_of_dispatch_are_none_of_our_business(tmp_path: Path) -> None:
    """One configuration maps the headings of both jobs; reorder refuses only what neither of them reads."""
    tables = little()
    for row in tables["depots"]:
        row["纬"] = row.pop("lat")
    names = '[names.depots]\nlat = "纬"\n'
    result = run("reorder", write(tmp_path / "in", tables, HEAD + names), "--out", tmp_path / "out")
    assert result.exit_code in (0, 3), result.output
    wrong = write(tmp_path / "wrong", tables, HEAD + '[names.depots]\nlatt = "纬"\n')
    result = run("reorder", wrong, "--out", tmp_path / "other")
    assert result.exit_code == 4
    assert "unknown-column" in result.output


def test_decisions_are_made_on_every_item_that_has_a_level(tmp_path: Path) -> None:
    """A successor that only its predecessor's usage names and a part that only a stock-out names are decided on."""
    tables = little()
    tables["parts"][0]["successor"] = "P3"
    tables["parts"] += [{**tables["parts"][1], "id": name} for name in ("P3", "P4")]
    tables["parts"] = [{"successor": "", **row} for row in tables["parts"]]
    tables["stockouts"] = [{"place": "XA", "part": "P4", "start": "2026-03-01", "end": "2026-04-01"}]
    decided = {"decision": "level", "decided_pcs": "4", "reason": "festival", "by": "Li"}
    tables["overrides"] = [{"part": part, "place": "XA", **decided} for part in ("P3", "P4")]
    result = run("reorder", write(tmp_path / "in", tables, HEAD), "--out", tmp_path / "out")
    assert result.exit_code in (0, 3), result.output
    found = {row["part"]: row for row in read(tmp_path / "out" / "levels.csv")}
    assert [found[part]["reorder_point_pcs"] for part in ("P3", "P4")] == ["4", "4"]
    tables["overrides"][0]["place"] = "XB"
    tables["parts"][2]["successor"] = "P1"  # a circle: heirs are nobody, and both faults are told at once
    result = run("reorder", write(tmp_path / "in", tables, HEAD), "--out", tmp_path / "out")
    assert result.exit_code == 4
    assert "unknown-item" in result.output
    assert "supersession-cycle" in result.output
    tables["parts"].append(dict(tables["parts"][1]))
    result = run("reorder", write(tmp_path / "in", tables, HEAD), "--out", tmp_path / "out")
    assert "duplicate-id" in result.output
    assert "unknown-item" in result.output
