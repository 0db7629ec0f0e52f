"""The zoo: every module of the document as a specimen, checked against its closed forms and against differences."""

from .check import check, find
from .judge import Judgement, judge
from .report import Report, Row
from .specimen import Specimen
from .specimens import BY_NAME, FAMILIES, ZOO

__all__ = ["BY_NAME", "FAMILIES", "ZOO", "Judgement", "Report", "Row", "Specimen", "check", "find", "judge"]
