"""Programs: a function recorded as data, which runs elsewhere too."""

from .program import Input, Instruction, Program, Ref
from .record import given, record
from .traced import RecordError

__all__ = ["Input", "Instruction", "Program", "RecordError", "Ref", "given", "record"]
