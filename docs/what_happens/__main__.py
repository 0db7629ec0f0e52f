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

from cases import FINE, NOT_SAID, Case, Dies, Hangs, judged, refusal, shown  # noqa: E402
from libraries import LIBRARIES, CannotSay  # noqa: E402
from rows import SECTIONS  # noqa: E402

__all__ = ["FINE", "LIBRARIES", "SECTIONS", "cell", "outcome"]
HEAD = """# What happens when

What a library does where it could go wrong: at singular points, with a user's own code, interrupted, with files and
terminals. Every cell was computed: the program of the row ran in that library, and what it returned was compared with
the oracle named under its section. **{count}** rows, written by `python docs/what_happens`, whose programs stand in
`docs/what_happens/`; a test runs our column anew, but for a few rows that are slow.

Versions: {versions}.

| verdict | meaning |
| --- | --- |
| right | the number, or the state afterwards, is right |
| not finite | nan or ∞, where that is right or where it is loud at least |
| refused | an error; "says how" if its text has what to write instead, or what is wrong |
| **wrong** | a finite wrong number, or what the cell says |
| **silent** | something was lost or changed, and no word |
| **hangs**, **dies** | no answer within a minute, or eight seconds where a file is read; the process was ended |
| - | it cannot be said in this library |
"""


def outcome(case: Case, library: Any) -> str:
    """The verdict on a row in one library."""
    program = case.program(library.name)
    if program is None:
        return NOT_SAID

    def stop(*_: Any) -> None:
        raise Hangs

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, case.seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return judged(case, program(library))
    except CannotSay:
        return NOT_SAID
    except Hangs:
        return "hangs"
    except Dies:
        return "dies"
    except ModuleNotFoundError:  # of another library that the program asks for
        raise
    except Exception as error:
        return refusal(case, error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        library.fresh()


def run(name: str) -> dict[str, str]:
    """All rows in the library `name`: what is done -> what happened."""
    library, found = LIBRARIES[name](), {}
    for case in (case for _, _, rows in SECTIONS for case in rows):
        try:
            found[case.when] = outcome(case, library)
        except ModuleNotFoundError:
            found[case.when] = NOT_SAID
    return found


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
    return verdict if verdict in FINE or verdict == NOT_SAID else f"**{verdict}**"


def oracle(case: Case) -> str:
    """The column of what is right."""
    if isinstance(case.right, str):
        return {"refused": "an error", "undefined": "no number"}[case.right]
    return "holds" if isinstance(case.right, bool) else shown(case.right)


def page(columns: dict[str, dict[str, str]], versions: dict[str, str]) -> str:
    """The page in Markdown, of what was computed in each library and the versions that computed it."""
    lines = [
        HEAD.format(
            count=sum(len(rows) for _, _, rows in SECTIONS),
            versions=", ".join(f"{name} {v}" for name, v in versions.items()),
        )
    ]
    for title, words, rows in SECTIONS:
        lines += [f"## {title}", "", words, ""]
        named = [name for name, column in columns.items() if any(column[case.when] != NOT_SAID for case in rows)]
        lines += [f"| when | right | {' | '.join(named)} |", "| --- " * (len(named) + 2) + "|"]
        for case in rows:
            cells = [case.when, oracle(case), *(cell(columns[name][case.when]) for name in named)]
            lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(json.dumps(run(sys.argv[2])))
    else:
        HERE.with_suffix(".md").write_text(page(*in_processes()), encoding="utf-8")
