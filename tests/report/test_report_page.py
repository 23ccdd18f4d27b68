"""The report tells what a run left behind, says what is missing, and loads nothing from anywhere."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from sample_run import SampleRun, order, pick

from spinal.errors import JournalError
from spinal.report import Sources, write_report

VOID = {"meta", "img", "br", "hr", "input", "link", "path", "use", "rect"}


class Page(HTMLParser):
    """Collects text and attributes, and objects to tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(html)
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("src", "href", "xlink:href", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attributes if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\u202f", " ").split())


def read(run: SampleRun, *orders: object) -> Page:
    write_report(run.sources(*orders), run.folder.report)  # type: ignore[arg-type]
    return Page(run.folder.report.read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path: Path) -> SampleRun:
    return SampleRun(tmp_path)


@pytest.fixture
def full(run: SampleRun) -> SampleRun:
    """Return a run that has every part."""
    failed = pick("T000002", sku="beans", outcome="dropped", ending="fail", truth=False, started_s=5.5, cycle_s=9.0)
    run.picks(pick(), pick("T000003", cycle_s=6.0), failed)
    run.timing()
    run.recording()
    run.journal()
    return run


def test_a_full_run_tells_its_whole_story(full: SampleRun) -> None:
    page = read(full, order(), order("T000002", "failed", sku="beans"), order("T000003"))
    for words in (
        "2 of 3 orders done",
        "2 of 3 orders were finished; 1 failed.",
        "Of 3 attempts, 2 truly put the ordered item, and nothing else, into the destination: 67 % "
        "(95 % interval 9 % to 99 %).",
        "on time in 99.995 % of 60 000 ticks",
        "entries verify: none was changed",
        "The chain holds.",
        "With n = 3, even a run without a single failure would only show that the rate is above 29 %",
        "No figure here is a claim for hardware",
        "not certified",
        "T000002, beans, attempt 1: dropped",
        "SS1: tracking error (1×)",
        "finite 1",
        "310 µs",
        "cd" * 32,
    ):
        assert words in page.text, words
    assert page.tags.count("svg") == 4


def test_it_loads_nothing_from_anywhere(full: SampleRun) -> None:
    page = read(full, order())
    html = full.folder.report.read_text(encoding="utf-8")
    assert all(link.startswith(("data:", "#")) for link in page.links), page.links
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "default-src 'none'" in html
    assert not re.search(r"url\((?!#)|@import", html)


def test_every_picture_is_one_of_the_recording_at_its_time(full: SampleRun) -> None:
    page = read(full)
    uris = [link for link in page.links if link.startswith("data:image/jpeg")]
    # Two attempts are shown (first success, first failure), two cameras, eight pictures each, and the cover.
    assert len(uris) == 2 * 2 * 8 + 1
    level = [float(simplejpeg.decode_jpeg(base64.b64decode(uri.partition(",")[2])).mean()) for uri in uris]
    # A picture of tenth t has grey level 2 t. The first attempt begins at 1.0 s and lasts 4.0 s.
    first_strip = level[1:9]
    expected = [2 * int(10 * (1.0 + 4.0 * (step + 0.5) / 8)) for step in range(8)]
    assert np.allclose(first_strip, expected, atol=2.1)


def test_the_same_folder_gives_the_same_bytes(full: SampleRun) -> None:
    read(full, order())
    first = full.folder.report.read_bytes()
    read(full, order())
    assert full.folder.report.read_bytes() == first


def test_a_run_that_has_only_run_json_still_has_a_report(run: SampleRun) -> None:
    page = read(run)
    assert "Nothing was picked in this run" in page.text
    assert "What ran" in page.text
    assert "svg" not in page.tags


def test_text_from_outside_is_shown_and_never_executed(run: SampleRun) -> None:
    evil = '<script>alert("x")</script>'
    run.picks(pick(sku=evil, outcome="missed", ending="fail", truth=False, reasons=(evil,), distribution=evil))
    page = read(run, order(reason=evil, sku=evil))
    assert "script" not in page.tags
    assert evil in page.text


def test_a_run_that_died_says_so(run: SampleRun) -> None:
    run.folder.run_json.write_text(run.record.model_dump_json())
    run.picks(pick())
    text = read(run, order("T000001", "placing")).text
    assert "did not live to write its end" in text
    assert "1 in work at the end" in text


def test_a_run_that_failed_says_why(run: SampleRun) -> None:
    run.end(problem="the plant went away")
    text = read(run).text
    assert "This run failed" in text
    assert "the plant went away" in text


def test_a_last_line_that_a_crash_cut_off_is_left_out(run: SampleRun) -> None:
    run.picks(pick(), pick("T000002"))
    with run.folder.picks.open("a") as file:
        file.write('{"order": "T0000')
    assert "Of 2 attempts" in read(run).text


def test_a_broken_line_in_the_middle_is_named(run: SampleRun) -> None:
    run.picks(pick())
    with run.folder.picks.open("a") as file:
        file.write('{"order": 3}\n')
    run.picks(pick())
    with pytest.raises(JournalError, match=r"picks\.jsonl:2"):
        read(run)


def test_a_flipped_byte_in_the_journal_shows(run: SampleRun) -> None:
    path = run.journal()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    text = read(run).text
    assert "journal damaged" in text
    assert "does NOT verify" in text
    assert "The chain is broken" in text
    assert path.name in text


def test_a_torn_recording_is_said_and_does_not_stop_the_report(full: SampleRun) -> None:
    data = full.folder.recording.read_bytes()
    full.folder.recording.write_bytes(data[: len(data) // 2])
    assert "could not be read to its end" in read(full, order()).text


def test_lockstep_lists_failures_with_seed_and_scene_and_silent_ones_in_red(tmp_path: Path) -> None:
    run = SampleRun(tmp_path, mode="lockstep")
    run.end(realtime_factor=31.4, verdicts={"admitted": 2000, "trimmed": 4, "refused": 1})
    lines = [pick(f"lockstep-{n}", index=n, seed=7, distribution="deployment", axes=("lighting",)) for n in range(98)]
    lines += [
        pick("lockstep-98", index=98, seed=7, sku="beans", outcome="placed", truth=False, axes=("friction",)),
        pick("lockstep-99", index=99, seed=7, sku="beans", outcome="wrong_item", ending="review", truth=True),
    ]
    run.picks(*lines)
    page = read(run)
    for words in (
        "99 of 100 picks succeeded",
        "Of 100 picks, each in a scene of its own, 99 truly put",
        "(95 % interval 95 % to 99.97 %)",
        "98: 1 silent failure",
        "(silent failure)",
        "declared distribution deployment",
        "31.4 ×",
        "2 000",
        "lighting",
        "friction",
    ):
        assert words in page.text, words
    assert "lockstep-98 1 soap" not in page.text
    assert re.search(r"lockstep-98 1 beans placed \(silent failure\) .* 7 98", page.text)
    assert "small sample" not in page.text.lower()


def test_only_the_first_hundred_failures_are_listed(tmp_path: Path) -> None:
    run = SampleRun(tmp_path, mode="lockstep")
    run.picks(*(pick(f"lockstep-{n}", truth=False, outcome="missed", ending="fail") for n in range(130)))
    text = read(run).text
    assert "lockstep-99 " in text
    assert "lockstep-100 " not in text
    assert "30 more failures in picks.jsonl" in text


def test_without_truth_the_sensors_word_is_called_that(run: SampleRun) -> None:
    run.picks(pick(truth=None), pick("T000002", truth=None, outcome="missed", ending="fail"))
    text = read(run).text
    assert "1 put, as the sensors say, the ordered item" in text
    assert "not known" in text


def test_cancelled_attempts_do_not_count_against_the_policy(run: SampleRun) -> None:
    run.picks(pick(), pick("T000002", outcome="cancelled", ending="cancel", truth=False))
    assert "Of 1 attempt, 1 truly put" in read(run).text


def test_a_run_json_that_is_missing_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="not readable"):
        write_report(Sources(run_json=tmp_path / "run.json"), tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_an_expert_s_run_is_never_taken_for_the_policy_s(tmp_path: Path) -> None:
    run = SampleRun(tmp_path, mode="lockstep", settings={"who": "expert"})
    run.picks(pick())
    text = read(run).text
    assert "scripted expert, privileged" in text
    assert "sees the simulator's state" in text
    assert "scripted expert" not in read(SampleRun(tmp_path, mode="lockstep", settings={"who": "policy"})).text
