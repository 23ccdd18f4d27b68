"""One course at the toy site, in a process of its own: `python toy_course.py FOLDER STEPS_LAST [FROM]` prints JSON.

With FROM, the folder of a finished course, it continues that one.

Not in the tests' process: torch and a software OpenGL, which other tests open, do not live together.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from toy_site import ToySite

from spinal.errors import PolicyError
from spinal.learn import LearnSettings
from spinal.learn.course import Continued, learn
from spinal.learn.parent import open_parent


def main() -> None:
    folder, steps_last = Path(sys.argv[1]), int(sys.argv[2])
    settings = replace(
        LearnSettings.small(),
        demonstrations=80,
        corrections=40,
        validation=50,
        picks_per_shard=20,
        steps_first=150,
        steps_round=100,
        steps_last=steps_last,
        batch=64,
        channels=(8, 16),
        disturbed_xy_m=0.01,
    )
    site = ToySite(log=folder / "picks.log")
    console = Console(stderr=True)
    folder.mkdir(exist_ok=True)
    try:
        continued = None
        if len(sys.argv) > 3:
            before = Path(sys.argv[3])
            parent = open_parent(before / "out", before / "work")
            settings = replace(parent.settings.continued(parent.seeds_used, 2, is_small=True), steps_last=steps_last)
            settings = replace(settings, correction=replace(settings.correction, apart_m=0.005, strayed_decisions=1))
            continued = Continued(parent=parent, places=((50, 1, 0), (50, 2, 0), (51, 7, 3)))
        course = learn(
            site, settings, name="toy", work=folder / "work", out=folder / "out", console=console, continued=continued
        )
    except PolicyError as error:
        say({"refused": str(error)})
        return
    say(
        {
            "rounds": [asdict(summary) for summary in course.rounds],
            "validation": asdict(course.validation),
            "fit": asdict(course.fit),
        }
    )


def say(what: dict[str, object]) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main()
