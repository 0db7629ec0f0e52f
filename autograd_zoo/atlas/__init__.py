"""The atlas: the zoo as a static site that needs no network, a page for each module, formula and notebook of it."""

from .site import write

__all__ = ["write"]
