"""The functions of a plugin."""

import dataclasses
import inspect
import json
from typing import Any, Callable, Optional


@dataclasses.dataclass(frozen=True)
class Function:
    """A registered function and what it says of itself."""

    name: str
    call: Callable
    description: str
    config_schema: bytes


functions: dict[str, Function] = {}


def evaluator(
    name: Any = None,
    *,
    description: Optional[str] = None,
    config_schema: Optional[dict] = None,
) -> Callable:
    """Registers a function that judges responses.

    It is called as function(response, ctx), maybe by several threads at a time.
    Only True matches; an exception is an error of kind callback. Used plainly,
    or with the name that a callback's "function" gives and a description, which
    is else the first line of the docstring.
    """
    if callable(name):
        return evaluator()(name)

    def register(call: Callable) -> Callable:
        known_as = name or call.__name__
        if inspect.iscoroutinefunction(call):
            raise TypeError(f"{known_as} is async, and only plain functions are called")
        if known_as in functions:
            raise ValueError(f"there are two functions called {known_as!r}")
        about = description or (call.__doc__ or "").strip().partition("\n")[0]
        schema = json.dumps(config_schema).encode() if config_schema is not None else b""
        functions[known_as] = Function(known_as, call, about, schema)
        return call

    return register
