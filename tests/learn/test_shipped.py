"""The shipped policy fits the shipped cell and says where it comes from; the command that makes policies works."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from spinal import _core
from spinal.cell import load_cell
from spinal.decide import OnnxPolicy, PolicyInputs, read_manifest
from spinal.run import parts

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"
MODEL_BYTES_MAX = 5_000_000


def test_the_shipped_bundle_fits_the_shipped_cell_and_is_small() -> None:
    cell = load_cell(CELL)
    policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
    assert (cell.policy_folder / "model.onnx").stat().st_size < MODEL_BYTES_MAX
    size = policy.manifest.cameras["wrist"]
    inputs = PolicyInputs(
        images={"wrist": np.full((size.height, size.width, 3), 120, np.uint8)},
        proprioception=np.zeros(len(policy.manifest.proprioception), np.float32),
        sku=0,
    )
    chunk = policy.decide(inputs)
    assert chunk.waypoints_m.shape == (policy.manifest.chunk.steps, 3)
    assert np.all(np.isfinite(chunk.waypoints_m))


def test_the_shipped_lineage_is_that_of_the_standard_course() -> None:
    lineage = read_manifest(load_cell(CELL).policy_folder).lineage
    assert lineage["made_by"] == "spinal learn"
    assert "privileged scripted expert in simulation" in lineage["labels"]
    assert lineage["site"]["distribution"] == "lab"
    assert len(lineage["site"]["core_sha256"]) == 64
    assert re.fullmatch("[0-9a-f]{7,40}", lineage["site"]["code_version"]), "made at a commit, from a clean tree"
    assert "correction" not in lineage
    assert len(lineage["data"]["sha256"]) == 64
    assert min(lineage["data"]["scene_seeds"]) >= 1_000_000
    assert sum(summary["picks"] for summary in lineage["rounds"]) == lineage["data"]["picks"] >= 1000
    assert lineage["validation"]["success_rate"] >= 0.95


def test_the_learn_command_makes_a_bundle_that_the_cell_takes(tmp_path: Path) -> None:
    out = tmp_path / "policy"
    command = [sys.executable, "-c", "from spinal.cli import main; main()", "learn", str(CELL), "--small", "--json"]
    command += ["--out", str(out), "--work", str(tmp_path / "work")]
    search = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=280, env={**os.environ, "PYTHONPATH": search}
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    cell = load_cell(CELL)
    OnnxPolicy(out, parts.cell_inputs(cell))
    lineage = read_manifest(out).lineage
    assert said["picks"] == lineage["validation"]["picks"]
    assert lineage["site"]["files"] == cell.file_hashes
    assert lineage["site"]["core_sha256"] == hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()
    assert lineage["rounds"][0]["success_rate"] == 1.0, "the expert succeeds in its demonstrations"
