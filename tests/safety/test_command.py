"""`spinal safety-case` from sources, a cell and results to a page and an exit code."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from samples import document, hazard
from typer.testing import CliRunner

from spinal.cli.app import app
from spinal.errors import SafetyCaseError
from spinal.safety import begin

ROOT = Path(__file__).parents[2]
TEST = "// Hazard: H-01\n#[test]\nfn a_stop_is_ready() {}\n"
LOG = """\
     Running tests/a.rs (target/release/deps/a-1)
test a_stop_is_ready ... ok
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
"""


class Site:
    """A small source tree under git with a cell that has one hazard, and results of its one test."""

    def __init__(self, folder: Path) -> None:
        self.source, self.results, self.page = folder / "source", folder / "results", folder / "case.html"
        self.cell, self.test = self.source / "cells" / "bin-picking", self.source / "crates" / "gate" / "tests" / "a.rs"
        shutil.copytree(ROOT / "cells" / "bin-picking", self.cell)
        (self.cell / "hazards.md").write_text(document(), encoding="utf-8")
        self.test.parent.mkdir(parents=True)
        self.test.write_text(TEST, encoding="utf-8")
        self.git("init", "-q")
        self.commit()

    def git(self, *words: str) -> None:
        known = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(self.source), *known, *words], check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a")

    def run_tests(self) -> None:
        begin(self.source, self.results, "rust")
        artifact = {
            "reason": "compiler-artifact",
            "executable": "/x/a-1",
            "target": {"src_path": str(self.test.resolve())},
        }
        (self.results / "rust-binaries.jsonl").write_text(json.dumps(artifact), encoding="utf-8")
        (self.results / "rust.log").write_text(LOG, encoding="utf-8")

    def ask(self, *more: str) -> tuple[int, str]:
        words = ["safety-case", str(self.cell), "--source", str(self.source), "--results", str(self.results)]
        done = CliRunner().invoke(app, [*words, "--out", str(self.page), *more])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_case_that_is_held_ends_with_0_and_names_profile_and_signer(site: Site) -> None:
    site.run_tests()
    code, printed = site.ask("--json")
    told = json.loads(printed)
    assert (code, told["green"], told["red"]) == (0, 1, 0)
    assert told["profile"]["signer"] is not None
    assert told["profile"]["signer"] in site.page.read_text(encoding="utf-8")
    assert len(told["code"]["commit"]) == 40


def test_a_hazard_that_is_not_held_ends_with_1_and_the_page_is_there(site: Site) -> None:
    assert site.ask()[0] == 1
    assert "not run" in site.page.read_text(encoding="utf-8")


def test_results_count_for_no_other_code_than_their_own(site: Site) -> None:
    site.run_tests()
    site.test.write_text(TEST.replace("{}", "{ /* changed */ }"), encoding="utf-8")
    assert site.ask()[0] == 1
    assert "result older than the code" in site.page.read_text(encoding="utf-8")
    site.commit()
    assert site.ask()[0] == 1
    site.run_tests()
    assert site.ask()[0] == 0


def test_code_that_is_not_committed_is_told_and_is_not_green(site: Site) -> None:
    site.test.write_text(TEST + "// more\n", encoding="utf-8")
    site.run_tests()
    code, printed = site.ask("--json")
    told = json.loads(printed)
    assert (code, told["green"], told["amber"]) == (0, 0, 1)


def test_a_hazard_that_nobody_tests_is_red_and_one_that_only_a_test_knows_is_an_error(site: Site) -> None:
    (site.cell / "hazards.md").write_text(document(hazard("H-01"), hazard("H-02")), encoding="utf-8")
    site.commit()
    site.run_tests()
    code, printed = site.ask("--json")
    told = json.loads(printed)["claims_by_hazard"]
    assert (code, told["H-01"]["colour"], told["H-02"]["colour"]) == (1, "green", "red")
    (site.cell / "hazards.md").write_text(document(hazard("H-02")), encoding="utf-8")
    with pytest.raises(SafetyCaseError, match=r"a\.rs:3: a_stop_is_ready names a hazard"):
        site.ask()
