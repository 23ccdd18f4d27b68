"""geometry.toml: generated from the model, read strictly, and its distances are those of another library."""

from __future__ import annotations

import re
from pathlib import Path

import coal
import numpy as np
import pytest
from spoiling import SHIPPED

from spinal import _core
from spinal.cell import Cell, load_cell
from spinal.errors import CellError
from spinal.records import Float
from spinal.run import parts
from spinal.run.drawing import draw_geometry
from spinal.run.geometry import generate

CLEARANCE = """
[clearance]
clearance_min_m = 0.005
planes = [{ name = "ceiling", concerns = "all", point_m = [0.0, 0.0, 1.8], normal = [0.0, 0.0, -2.0] }]

[[clearance.boxes]]
name = "fenced-area"
role = "keep_in"
concerns = "all"
middle_m = [0.30, 0.0, 0.60]
half_m = [0.92, 0.92, 1.34]
turn_deg = 0.0

[[clearance.boxes]]
name = "neighbour"
role = "keep_out"
concerns = "tool"
middle_m = [-0.40, -0.50, 0.40]
half_m = [0.20, 0.20, 0.40]
turn_deg = 30.0
"""
ORACLE_M = 2e-6
"""The other library iterates (GJK) to about this; see the test."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped cell with zones and with shapes that were generated anew."""
    folder = tmp_path_factory.mktemp("cell")
    for file in SHIPPED.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if file.name == "limits.toml":
            text = re.sub(
                r"(?ms)^# How far shapes.*?(?=^\[joints|^\[people)|^\[\[?clearance.*?(?=^\[joints|^\[people)", "", text
            )
            text += CLEARANCE
        if file.name != "geometry.toml":
            (folder / file.name).write_text(text, encoding="utf-8")
    generate(folder)
    return folder


@pytest.fixture(scope="module")
def cell(folder: Path) -> Cell:
    return load_cell(folder)


def made(cell: Cell) -> tuple[_core.Geometry, _core.Clearance, _core.Arm]:
    core, arm = parts.make_geometry(cell), parts.make_arm()
    assert core is not None
    return core, _core.Clearance(core, arm), arm


def postures(n: int, seed: int) -> Float:
    return np.random.Generator(np.random.Philox(seed)).uniform(-3.0, 3.0, (n, 6))


def oracle_capsule(row: Float) -> tuple[coal.Capsule, coal.Transform3s]:
    way = row[3:6] - row[:3]
    length = float(np.linalg.norm(way))
    z = way / length if length > 1e-12 else np.array([0.0, 0.0, 1.0])
    x = np.cross(z, np.eye(3)[int(np.argmin(np.abs(z)))])
    x /= np.linalg.norm(x)
    return coal.Capsule(float(row[6]), length), coal.Transform3s(
        np.stack([x, np.cross(z, x), z], axis=1), (row[:3] + row[3:6]) / 2.0
    )


@pytest.mark.hazard("H-08", "H-09")
def test_distances_are_those_of_an_independent_library(cell: Cell) -> None:
    """Where shapes are apart, all pairs agree; where they overlap, both say so.

    coal finds capsule to capsule in closed form and capsule to box by iteration: the tolerance is the latter's.
    """
    core, clearance, _ = made(cell)
    assert cell.geometry is not None
    boxes = {box.name: box for box in cell.geometry.boxes}
    names, pairs = core.names, clearance.pairs()
    compared = overlapping = 0
    for q in postures(60, 7):
        rows, distances = clearance.capsules_m(q), clearance.distances_m(q)
        shapes = [oracle_capsule(row) for row in rows]
        for (first, second, _), found in zip(pairs, distances, strict=True):
            if second < len(rows):
                other = shapes[second]
            elif names[second] in boxes:
                box = boxes[names[second]]
                other = (
                    coal.Box(*(2.0 * half for half in box.half_m)),
                    coal.Transform3s(np.array(box.rotation), np.array(box.middle_m)),
                )
            else:
                continue
            wanted = coal.distance(*shapes[first], *other, coal.DistanceRequest(), coal.DistanceResult())
            compared += 1
            if wanted > 0.0:
                assert found == pytest.approx(wanted, abs=ORACLE_M), (names[first], names[second], q.tolist())
            else:
                overlapping += 1
                assert found <= ORACLE_M, (names[first], names[second], q.tolist())
    assert compared > 30_000
    assert overlapping > 100


def test_planes_and_rooms_are_what_their_corners_say(cell: Cell) -> None:
    core, clearance, _ = made(cell)
    pairs, names = clearance.pairs(), core.names
    for q in postures(20, 8):
        rows, distances = clearance.capsules_m(q), clearance.distances_m(q)
        for (first, second, limit), found in zip(pairs, distances, strict=True):
            ends = rows[first][:6].reshape(2, 3)
            if names[second] == "ceiling":
                assert found == pytest.approx(1.8 - float(np.max(ends[:, 2])) - rows[first][6], abs=1e-12)
                assert limit == 0.0
            elif names[second] == "fenced-area":
                room = np.array([0.92, 0.92, 1.34]) - np.abs(ends - [0.30, 0.0, 0.60])
                assert found == pytest.approx(float(np.min(room)) - rows[first][6], abs=1e-12)


@pytest.mark.hazard("H-09")
def test_every_pair_is_checked_or_excepted_with_a_reason(cell: Cell) -> None:
    core, clearance, _ = made(cell)
    assert cell.geometry is not None
    names = core.names
    checked = {(names[first], names[second]) for first, second, _ in clearance.pairs()}
    links = {link.name: link.link for link in cell.geometry.links}
    excepted = {
        frozenset((a, b)): entry.reason
        for entry in cell.geometry.unchecked
        for a in entry.shapes
        for b in entry.against
    }
    for a, link in links.items():
        for b in names[names.index(a) + 1 :]:
            fixed = (
                links.get(b) == link
                or (link == 0 and b not in links)
                or (b == "neighbour" and not a.startswith(("gripper", "cup")))
            )
            pair = {(a, b), (b, a)} & checked
            assert bool(pair) != (fixed or frozenset((a, b)) in excepted), (a, b)
    assert all(len(reason) > 20 for reason in excepted.values())
    touching = {name for pair in excepted for name in pair if pair & {"source-floor"}} - {"source-floor"}
    assert touching == {name for name in names if name.startswith("cup")}, "only the cup may meet the totes"


def test_home_and_the_way_into_a_tote_are_clear(cell: Cell) -> None:
    _, clearance, arm = made(cell)
    home = np.array(cell.config.robot.home_rad)
    nearest = clearance.smallest(home)
    assert nearest is not None
    assert nearest[2] - nearest[3] > 0.003
    position, rotation = arm.tool_pose(home)
    way = position + np.linspace(0.0, 1.0, 60)[:, None] * (np.array([0.50, -0.22, 0.02]) - position)
    path = arm.solve_path(way, rotation, home)
    assert clearance.look_along(path, np.full(6, 1e-4)) is None
    wall = position + np.linspace(0.0, 1.0, 60)[:, None] * (np.array([0.50, -0.35, 0.02]) - position)
    found = clearance.look_along(arm.solve_path(wall, rotation, home), np.full(6, 1e-4))
    assert found is not None
    assert found[1] == "clearance"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("radius_m = ", "radius = ", "radius"),
        ('part = "arm"', 'part = "leg"', "part"),
        ('shapes = ["cup-1"', 'shapes = ["cap-1"', "cap-1"),
        ("[[planes]]", "[[plains]]", "plains"),
    ],
)
@pytest.mark.hazard("H-23")
def test_a_spoilt_geometry_is_one_message(folder: Path, tmp_path: Path, before: str, after: str, said: str) -> None:
    for file in folder.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if file.name == "geometry.toml":
            assert before in text
            text = text.replace(before, after, 1)
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    with pytest.raises(CellError, match=said):
        load_cell(tmp_path)


@pytest.mark.hazard("H-23")
def test_shapes_without_a_least_distance_and_the_other_way_round_are_errors(folder: Path, tmp_path: Path) -> None:
    for file in folder.glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "geometry.toml").unlink()
    with pytest.raises(CellError, match=r"geometry.toml is missing"):
        load_cell(tmp_path)
    (tmp_path / "geometry.toml").write_bytes((folder / "geometry.toml").read_bytes())
    limits = (tmp_path / "limits.toml").read_text(encoding="utf-8").replace(CLEARANCE, "")
    (tmp_path / "limits.toml").write_text(limits, encoding="utf-8")
    with pytest.raises(CellError, match="'clearance' is missing"):
        load_cell(tmp_path)


def test_generating_again_gives_the_same_bytes(folder: Path) -> None:
    before = (folder / "geometry.toml").read_bytes()
    assert generate(folder).read_bytes() == before


def test_the_picture_shows_the_shapes(folder: Path, tmp_path: Path) -> None:
    home = draw_geometry(folder, tmp_path / "home.png")
    folded = draw_geometry(folder, tmp_path / "folded.png", [0.0, -1.0, 1.0, -1.5, -1.5, 0.0])
    assert home.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert home.read_bytes() != folded.read_bytes()
    with pytest.raises(CellError, match="do not fit the arm"):
        draw_geometry(folder, tmp_path / "none.png", [0.0])
