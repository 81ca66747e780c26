"""theorycheck: certified facts about activation functions under N(0, 1).

Every public name loads when it is first used, so that `import theorycheck` costs no more than an empty module.

>>> import theorycheck
>>> "Activation" in dir(theorycheck)
True
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers take the name for true; importing typing for it would double the cost of this file
if TYPE_CHECKING:
    from theorycheck.activation.function import Activation as Activation
    from theorycheck.claims.runner import check as check
    from theorycheck.gaussian.dual import dual_activation as dual_activation
    from theorycheck.gaussian.expectation import expectation as expectation
    from theorycheck.gaussian.hermite import hermite_coefficients as hermite_coefficients
    from theorycheck.gaussian.moments import rho as rho
    from theorycheck.page import verify as verify
    from theorycheck.sphere.funk_hecke import funk_hecke as funk_hecke
    from theorycheck.testing import assert_claim as assert_claim

__version__ = "0.1.0"

#: Where each public name lives. No module may carry the name of a public function: importing it would shadow the function.
_HOMES = {
    "Activation": "theorycheck.activation.function",
    "verify": "theorycheck.page",
    "rho": "theorycheck.gaussian.moments",
    "hermite_coefficients": "theorycheck.gaussian.hermite",
    "dual_activation": "theorycheck.gaussian.dual",
    "expectation": "theorycheck.gaussian.expectation",
    "funk_hecke": "theorycheck.sphere.funk_hecke",
    "check": "theorycheck.claims.runner",
    "assert_claim": "theorycheck.testing",
}

__all__ = ["Activation", "assert_claim", "check", "dual_activation", "expectation", "funk_hecke", "hermite_coefficients", "rho", "verify"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'theorycheck' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
