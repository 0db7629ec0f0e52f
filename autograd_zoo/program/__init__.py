"""Programs: a function recorded as data, which runs elsewhere too."""

from .program import Input, Instruction, Program, ProgramError, Ref
from .recording import given, record
from .traced import RecordError

__all__ = ["Input", "Instruction", "Program", "ProgramError", "RecordError", "Ref", "given", "record"]
