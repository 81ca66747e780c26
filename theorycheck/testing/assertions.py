"""Assertions on claims and on the properties of activations, for any test runner."""

from __future__ import annotations

from functools import lru_cache
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError
from theorycheck.verdict import Verdict

if TYPE_CHECKING:
    from theorycheck.activation.function import Activation
    from theorycheck.activation.pieces import Pieces
    from theorycheck.claims.runner import CheckResult

_WORDS = {True: "holds", False: "fails", None: "is undecided"}


def assert_claim(
    claim: str | PathLike[str],
    rung: str | None = None,
    *,
    scale: str = "quick",
    seed: int = 0,
    timeout: float = 60.0,
) -> CheckResult:
    """Assert that the rungs of a claim agree with its finding, every mutant is killed and every control holds.

    For a refuted claim this asserts that the statement fails as it is printed. An open claim cannot be asserted.

    Args:
        claim: the id of a bundled claim or deck, or the path of a claim file or folder.
        rung: "derive", "certify" or "simulate" to climb that rung only; by default all.
        scale: "quick", or "full" for simulations at the source's size.
        seed: of the random instances and samples.
        timeout: seconds that each rung may take.

    Returns:
        What was found, as `theorycheck check` reports it.

    Raises:
        AssertionError: something disagrees, or is undecided; the message is the report.
        InputError: there is no such claim; the nearest id is suggested.

    >>> assert_claim("landscape/relu-hermite", rung="derive").exit_code
    0
    """
    __tracebackhide__ = True
    from theorycheck.claims.runner import check

    what = claim if isinstance(claim, str) else fspath(claim)
    result = check(what, rung=rung, scale=scale, seed=seed, timeout=timeout, jobs=1)
    if result.exit_code != 0:
        raise AssertionError(f"{what} does not stand:\n{result.text()}")
    if all(report.verdict.holds is None for report in result.claims):
        # an open claim agrees with being undecided, but nobody who asserts it means that
        raise AssertionError(f"{what} is open: " + "; ".join(report.claim.why or report.verdict.reason for report in result.claims))
    return result


def assert_property(activation: Activation | str, name: str, holds: bool | None = True, *, budget: float = 60.0) -> Verdict:
    """Assert that a property of an activation holds (or fails), for every argument.

    Args:
        activation: an activation, a catalogue name or an expression in x.
        name: a property as `theorycheck verify` prints it, for example "P1" or "monotone".
        holds: what it must be; None asserts that it is undecided.
        budget: seconds for all properties of the activation together. They are found once and remembered.

    Returns:
        The verdict, with its grade, reason and witness.

    Raises:
        AssertionError: the verdict is another; an undecided property neither holds nor fails.
        InputError: the activation or the property is not known.

    >>> assert_property("max(x, 0)", "P3a", holds=False).witness
    '0'
    >>> assert_property("gelu", "monotone")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: monotone fails for Activation('gelu') ...
    """
    __tracebackhide__ = True
    from theorycheck.activation.function import as_activation
    from theorycheck.properties.recovery import NAMES

    if name not in NAMES:
        from difflib import get_close_matches

        close = get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"write one of {', '.join(NAMES)}"
        raise InputError(f"there is no property {name!r}; {hint}")
    activation = as_activation(activation)
    verdict = _properties(activation.pieces, budget)[name]
    if verdict.holds is not holds:
        details = [verdict.reason, verdict.witness and f"witness {verdict.witness}", verdict.grade]
        because = "; ".join(str(d) for d in details if d)
        raise AssertionError(f"{name} {_WORDS[verdict.holds]} for {activation!r} ({because}); expected: {name} {_WORDS[holds]}")
    return verdict


@lru_cache(maxsize=128)
def _properties(pieces: Pieces, budget: float) -> dict[str, Any]:
    """All properties at once: they depend on the pieces alone."""
    from theorycheck.activation.function import Activation
    from theorycheck.limits import Budget
    from theorycheck.properties.recovery import properties

    return properties(Activation.from_pieces(pieces), Budget(seconds=budget))
