"""A copy of the shipped cell in contact mode, with an integrator's confirmation."""

from __future__ import annotations

from pathlib import Path

from spinal.cell import shipped_body_regions

CONTACT = """
[people.contact]
reachable_regions = ["hand", "forearm"]
tool_contact = "blunt"
is_clamping_possible = false
contact_area_cm2 = 5.0
moving_mass_kg = 17.7
payload_kg = 0.83
human_speed_m_s = 0.2
robot_speed_uncertainty_m_s = 0.05
confirmed_by = "Erika Mustermann"
confirmed_on = 2026-11-01
confirmed_table_sha256 = "{sha256}"
"""


def allow_contact(cell: Path, *, sha256: str | None = None) -> None:
    """Bring limits.toml into contact mode; the integrator confirms the shipped table, or the one with `sha256`."""
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    section = CONTACT.format(sha256=shipped_body_regions().sha256 if sha256 is None else sha256)
    text = text.replace('mode = "separation"', 'mode = "separation_or_contact"')
    text = text.replace("\n[clearance]\n", f"{section}\n[clearance]\n")
    (cell / "limits.toml").write_text(text, encoding="utf-8")
