"""Programs: a function recorded as data, which runs elsewhere too."""

from .data import Input, Instruction, ProgramError, Ref
from .program import Program
from .recording import given, record
from .traced import RecordError

__all__ = ["Input", "Instruction", "Program", "ProgramError", "RecordError", "Ref", "given", "record"]
