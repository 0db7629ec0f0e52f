"""A process of its own that lays out with pygraphviz: one request a line on its input, one answer a line on its output.

It is started as a file, and imports nothing of this package: so it starts fast, and works wherever the package lies.
A layout cannot be interrupted from inside, and a fault in it ends the process: neither may happen to a user's notebook.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys


def answer(line: str) -> dict[str, str]:
    """The layout of the DOT in a request, as Graphviz's JSON; or the error."""
    request = json.loads(line)
    try:
        import pygraphviz

        if hasattr(signal, "alarm"):  # ends a layout that nobody waits for any more; the system does it, not Python
            signal.alarm(math.ceil(request["limit"]) + 1)
        found = pygraphviz.AGraph(string=request["dot"]).draw(format="json0", prog="dot")
        return {"layout": found.decode()}
    except Exception as error:  # whatever it is, the other process has to know
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        if hasattr(signal, "alarm"):
            signal.alarm(0)


def main() -> None:
    """Answer until the input ends, which it does with the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the user's program, which then ends this one
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)  # nothing that Graphviz might print is an answer
        for line in sys.stdin:
            print(json.dumps(answer(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
