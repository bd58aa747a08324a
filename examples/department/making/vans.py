"""What vans carry, which tools orders ask for, and what offices lend."""

from __future__ import annotations

from collections.abc import Sequence

from making.draws import Row, pick, stream

# Who holds the skill at this level carries the tool; orders of these kinds that ask for as much need it.
CARRIED = {
    "空调": (2, "冷媒加注机", ("repair", "installation")),
    "安防": (1, "人字梯", ("installation", "maintenance")),
    "数据中心": (1, "钳形表", ("repair",)),
}
LENT = "光纤熔接机"  # Dear, so an office keeps one; for repairs of optical transport.
STOP_MIN = {"XA": 15, "BJ": 20, "SH": 20, "GZ": 15}


def equip(staff: Sequence[Row], jobs: Sequence[Row], depots: Sequence[Row], parts: Sequence[Row]) -> None:
    """Give every table its columns of tools and parts in vans."""
    chance = stream(7)
    for row in staff:
        skills = levels(row["skills"])
        row["tools"] = ";".join(tool for skill, (low, tool, _) in CARRIED.items() if skills.get(skill, 0) >= low)
        common = sorted((p for p in parts if p["family"] in skills), key=lambda p: (-p["rate"], p["id"]))[:12]
        held = sorted({pick(chance, common)["id"] for _ in range(4)})
        row["van_stock"] = ";".join(f"{part}:{pick(chance, (1, 2), (70, 30))}" for part in held)
        row["load_at"] = ""
    for depot in depots:
        # One van of each office isn't loaded: its technician lives far out and is at the office during the day only.
        far = [row for row in staff if row["office"] == depot["id"] and row["layer"] == "front"][-1]
        far["load_at"] = "none"
        depot |= {"tools": f"{LENT}:1", "stop_min": STOP_MIN[depot["id"]]}
    for job in jobs:
        skills = levels(job["skills"])
        asked = [tool for skill, (low, tool, kinds) in CARRIED.items()
                 if job["kind"] in kinds and skills.get(skill, 0) >= low]  # fmt: skip
        job["tools"] = ";".join(asked + [LENT] * (job["kind"] == "repair" and "光传输" in skills))


def levels(skills: str) -> dict[str, int]:
    """Split ``空调:2;冰箱:1``."""
    return {name: int(level) for name, level in (item.split(":") for item in skills.split(";") if item)}
