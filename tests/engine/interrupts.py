"""Ctrl-C at every place where Python looks for it, one after the other.

CPython looks for signals where a function written in Python is entered, after each call of compiled code, and where a
loop jumps back; nowhere else. A tracer counts these places, and raises KeyboardInterrupt at the k-th.
"""

import dis
import sys
from functools import cache

RESUME = dis.opmap["RESUME"]
JUMPS = {code for name, code in dis.opmap.items() if name.startswith("JUMP_BACKWARD")}
CALLS = {code for name, code in dis.opmap.items() if name.startswith("CALL")}


@cache
def handlers(code):
    """For each offset of the code, the handler of an exception there."""
    found = {}
    for entry in dis._parse_exception_table(code):
        found.update(dict.fromkeys(range(entry.start, entry.end, 2), (entry.target, entry.depth)))
    return found


class Interrupter:
    """Counts the places, and raises KeyboardInterrupt at place number `at`."""

    def __init__(self, at):
        self.at, self.passed, self.where = at, 0, None
        self.called = {}  # of each frame that runs: the offset of a call that no other event tells of

    def place(self, frame, what):
        self.passed += 1
        if self.passed == self.at:
            self.where = f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname} ({what})"
            raise KeyboardInterrupt(self.where)

    def trace(self, frame, event, _):
        if event == "call":
            self.called.pop(frame.f_back, None)  # it called a function written in Python: no look when that returns
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
            op, oparg = frame.f_code.co_code[frame.f_lasti : frame.f_lasti + 2]
            if op == RESUME and oparg % 4 < 2:  # not where an exception is thrown in, nor in an `await` or `yield from`
                self.place(frame, "entered")
        elif event == "opcode":
            op, call = frame.f_code.co_code[frame.f_lasti], self.called.pop(frame, None)
            table = handlers(frame.f_code)
            thrown = frame.f_lineno is None  # an exception that is thrown into a generator
            if call is not None and not thrown and table.get(call) == table.get(frame.f_lasti):
                self.place(frame, "a class was called")  # after the call, as far as handlers can tell
            if op in JUMPS:
                self.place(frame, "a jump back")
            if op in CALLS:
                self.called[frame] = frame.f_lasti
        elif event == "return":
            self.called.pop(frame, None)
        return self.trace

    def profile(self, frame, event, function):
        if event == "c_return" and frame is not self.outside:
            self.called.pop(frame, None)
            self.place(frame, f"{function.__name__} returned")

    def run(self, action):
        """Call `action()`; whether it was interrupted."""
        self.outside = sys._getframe()
        before = sys.gettrace(), sys.getprofile()
        try:
            sys.setprofile(self.profile)
            sys.settrace(self.trace)
            action()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before[0])
            sys.setprofile(before[1])
        return False


def places(action):
    """How many there are in `action()`."""
    counter = Interrupter(0)
    counter.run(action)
    return counter.passed
