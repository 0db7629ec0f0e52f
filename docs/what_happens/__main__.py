"""Write docs/what_happens.md: `python docs/what_happens`. It runs every row in whichever of the libraries is installed.

Each library runs in a process of its own: `python docs/what_happens run PyTorch` prints what happened, as JSON.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

from cases import FINE, NOT_SAID, REFUSED, Case, judged, shown  # noqa: E402
from libraries import LIBRARIES, CannotSay  # noqa: E402
from rows import SECTIONS  # noqa: E402

SECONDS = 60  # for one program
__all__ = ["FINE", "LIBRARIES", "SECTIONS", "cell", "outcome"]
HEAD = """# What happens when

What a library does where it could go wrong: at singular points, with a user's own code, interrupted, with files and
terminals. Every cell was computed: the program of the row ran in that library, and what it returned was compared with
the oracle named under its section. **{count}** rows, written by `python docs/what_happens`, whose programs stand in
`docs/what_happens/`; a test runs our column anew. Versions: {versions}.

| verdict | meaning |
| --- | --- |
| right | the number, or the state afterwards, is right |
| not finite | nan or ∞, where that is right or where it is loud at least |
| refused | an error |
| **wrong** | a finite wrong number, and no word |
| **silent** | something was lost or changed, and no word |
| **hangs**, **dies** | no answer within {seconds} seconds; the process was ended |
| - | it cannot be said in this library |
"""


class Hangs(BaseException):
    """The time is over."""


def outcome(case: Case, library: Any) -> str:
    """The verdict on a row in one library."""
    program = case.program(library.name)
    if program is None:
        return NOT_SAID

    def stop(*_: Any) -> None:
        raise Hangs

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return judged(case, program(library))
    except CannotSay:
        return NOT_SAID
    except Hangs:
        return "hangs"
    except Exception as error:
        return NOT_SAID if library.name == "micrograd" else f"{REFUSED}: {type(error).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def run(name: str) -> dict[str, str]:
    """All rows in the library `name`: what is done -> what happened."""
    library = LIBRARIES[name]()
    return {case.when: outcome(case, library) for _, _, rows in SECTIONS for case in rows}


def in_processes() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The columns of all libraries that are installed, and their versions."""
    columns, versions = {}, {}
    for name, kind in LIBRARIES.items():
        done = subprocess.run([sys.executable, str(HERE), "run", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            columns[name] = json.loads(done.stdout.splitlines()[-1])
            versions[name] = kind.version.fget(kind)  # type: ignore[attr-defined]
        elif "ModuleNotFoundError" not in done.stderr:
            raise SystemExit(done.stderr)
    return columns, versions


def cell(verdict: str) -> str:
    """A verdict as it is printed: what is silent or wrong is set in bold."""
    word = verdict.split(":")[0]
    if word == REFUSED:
        return REFUSED
    return f"**{verdict}**" if word in ("wrong", "silent", "hangs", "dies") else verdict


def oracle(case: Case) -> str:
    """The column of what is right."""
    if isinstance(case.right, str):
        return {"refused": "an error", "undefined": "no number"}[case.right]
    return "holds" if isinstance(case.right, bool) else shown(case.right)


def page(columns: dict[str, dict[str, str]], versions: dict[str, str]) -> str:
    """The page."""
    lines = [
        HEAD.format(
            count=sum(len(rows) for _, _, rows in SECTIONS),
            versions=", ".join(f"{name} {v}" for name, v in versions.items()),
            seconds=SECONDS,
        )
    ]
    for title, words, rows in SECTIONS:
        lines += [f"## {title}", "", words, ""]
        lines += [f"| when | right | {' | '.join(columns)} |", "| --- " * (len(columns) + 2) + "|"]
        for case in rows:
            cells = [case.when, oracle(case), *(cell(column[case.when]) for column in columns.values())]
            lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(json.dumps(run(sys.argv[2])))
    else:
        HERE.with_suffix(".md").write_text(page(*in_processes()), encoding="utf-8")
