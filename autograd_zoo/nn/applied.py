"""Functions as modules: what is said once of all that keep a function's settings as their attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .module import Module


class WithSettings(Module):
    """A function with the attributes that are named in `settings` as keyword arguments."""

    form: Callable[..., Any]
    settings: tuple[str, ...] = ()

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.settings}


class Applied(WithSettings):
    """y = form(x), with the module's settings."""

    def forward(self, x: Any) -> Any:
        """Apply the function to x, with the module's settings."""
        return self.form(x, **self._settings())
