"""Every specimen of the table, as a function, as a module and as closed forms, has every property."""

from table import CASES
from table.properties import hold


@hold(CASES)
def test_it_holds(holds, form):
    holds(form)
