"""The log of a derivation: each step records what was claimed and how it was decided. Undecided is never taken for shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr, Symbol

from theorycheck.claims.claim import ClaimError
from theorycheck.claims.decisions import (
    Decision,
    decide_antiderivative,
    decide_equal,
    decide_integral,
    decide_limit,
    decide_positive,
    decide_series,
    decide_zero,
)
from theorycheck.claims.forms import from_form, to_form
from theorycheck.claims.lemma import Cited
from theorycheck.errors import InputError
from theorycheck.verdict import Verdict, undecided

#: How a step of each kind is decided, from its data. A recheck uses the same table.
DECIDED_BY: dict[str, Callable[..., Decision]] = {
    "zero": decide_zero,
    "equal": decide_equal,
    "positive": lambda expr, on: decide_positive(expr, on and tuple(on)),
    "nonnegative": lambda expr, on: decide_positive(expr, on and tuple(on), strict=False),
    "limit": decide_limit,
    "antiderivative": decide_antiderivative,
    "integral": lambda integrand, interval, value, primitive: decide_integral(integrand, tuple(interval), value, primitive),
    "series": decide_series,
}


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Args:
        how: the kind of step: a key of `DECIDED_BY`, or "cite".
        claim: what the step says, in words.
        data: the expressions of the step in the small form, by name.
        holds: True, False or None.
        reason: how it was decided.
        grade: "proved", or "certified" when a ball decided it.
        witness: where the step fails.
    """

    how: str
    claim: str
    data: dict[str, Any]
    holds: bool | None
    reason: str
    grade: str = "proved"
    witness: str | None = None


class Derivation:
    """The log that a derive rung writes to.

    Args:
        resolve: finds what an id cites, or raises `ClaimError`; without it nothing can be cited.
        dropped: the part of an assumption that the present mutant drops, if any.

    >>> log = Derivation()
    >>> t = Symbol("t", real=True)
    >>> log.equal(sympy.cosh(t)**2, 1 + sympy.sinh(t)**2, "hyperbolic Pythagoras")
    True
    >>> log.positive(1 - t, "positive below one", on=(t, 0, 1)), log.verdict().grade
    (True, 'proved')
    """

    def __init__(self, resolve: Callable[[str], Cited] | None = None, dropped: str | None = None):
        self.steps: list[Step] = []
        self.dropped = dropped
        self._resolve = resolve

    def zero(self, expr: Any, claim: str) -> bool | None:
        """An expression vanishes identically in its real symbols."""
        return self._decide("zero", claim, expr=expr)

    def equal(self, left: Any, right: Any, claim: str) -> bool | None:
        """Two expressions are equal identically in their real symbols."""
        return self._decide("equal", claim, left=left, right=right)

    def positive(self, expr: Any, claim: str, on: Sequence[Any] | None = None) -> bool | None:
        """An expression is positive where the assumptions of its symbols allow, or on the open interval `on=(symbol, low, high)`."""
        return self._decide("positive", claim, expr=expr, on=on and _interval(on, claim))

    def nonnegative(self, expr: Any, claim: str, on: Sequence[Any] | None = None) -> bool | None:
        """As `positive`, with zero allowed."""
        return self._decide("nonnegative", claim, expr=expr, on=on and _interval(on, claim))

    def limit(self, expr: Any, symbol: Symbol, point: Any, value: Any, claim: str, side: str = "+-") -> bool | None:
        """An expression tends to a value; `side` is "+", "-" or "+-" (both)."""
        if side not in ("+", "-", "+-"):
            raise ClaimError(f"the limit {claim!r} is from the side {side!r}; write '+', '-' or '+-'")
        return self._decide("limit", claim, expr=expr, symbol=symbol, point=point, value=value, side=side)

    def antiderivative(self, primitive: Any, integrand: Any, symbol: Symbol, claim: str) -> bool | None:
        """The derivative of the primitive is the integrand."""
        return self._decide("antiderivative", claim, primitive=primitive, integrand=integrand, symbol=symbol)

    def integral(self, integrand: Any, interval: Sequence[Any], value: Any, claim: str, primitive: Any = None) -> bool | None:
        """The integral over `interval = (symbol, low, high)` has a value, shown by a primitive.

        Args:
            integrand: analytic inside the interval.
            interval: (symbol, low, high), infinite ends allowed.
            value: the integral.
            claim: what is shown, in words.
            primitive: a function whose derivative is the integrand; without it SymPy looks for one, which is then checked.
        """
        interval = _interval(interval, claim)
        if primitive is None:
            primitive = sympy.integrate(integrand, interval[0], conds="none")
        return self._decide("integral", claim, integrand=integrand, interval=interval, value=value, primitive=primitive)

    def series(self, expr: Any, symbol: Symbol, coefficients: Iterable[Any], claim: str) -> bool | None:
        """The Taylor coefficients at 0 are those listed, from degree 0 on."""
        listed = list(coefficients)
        if not listed:
            raise ClaimError(f"the series {claim!r} lists no coefficient")
        return self._decide("series", claim, expr=expr, symbol=symbol, coefficients=listed)

    def cite(self, id: str) -> bool:
        """Take a lemma or another claim on trust; its id appears in the verdict.

        Raises:
            ClaimError: there is no such lemma or claim, or it leads back to this claim.
        """
        if self._resolve is None:
            raise ClaimError(f"{id!r} cannot be cited here; run the claim from its file")
        found = self._resolve(id)
        data = {"id": found.id, "statement": found.statement, "reference": found.reference}
        self.steps.append(Step("cite", found.statement, data, True, f"taken on trust: {found.reference}"))
        return True

    @property
    def trusts(self) -> tuple[str, ...]:
        """The ids that were cited, in order, each once."""
        return tuple(dict.fromkeys(s.data["id"] for s in self.steps if s.how == "cite"))

    def verdict(self) -> Verdict:
        """What the steps add up to: all hold, one fails, or the first open one is named."""
        return verdict_of(self.steps)

    def _decide(self, how: str, claim: str, **data: Any) -> bool | None:
        exact = {
            name: value if name in ("side", "on") and not isinstance(value, list) else _exact(value, claim) for name, value in data.items()
        }
        stored = {name: _stored(value) for name, value in exact.items()}
        found = DECIDED_BY[how](**exact)
        self.steps.append(Step(how, claim, stored, found.holds, found.reason, found.grade, found.witness))
        return found.holds


def verdict_of(steps: Sequence[Step]) -> Verdict:
    """The verdict of a list of steps: the weakest grade, the lemmas trusted, and for a failure the step that fails."""
    shown = [s for s in steps if s.how != "cite"]
    if not shown:
        return undecided("the derivation shows nothing; log at least one step besides citations")
    trusts = tuple(dict.fromkeys(s.data["id"] for s in steps if s.how == "cite"))
    for s in shown:
        if s.holds is False:
            return Verdict(False, s.grade, f"{s.claim}: {s.reason}", witness=s.witness or s.claim, trusts=trusts)
    for number, s in enumerate(steps, 1):
        if s.holds is None:
            return undecided(f"step {number}, {s.claim}: {s.reason}")
    grade = "certified" if any(s.grade == "certified" for s in shown) else "proved"
    many = f"{len(shown)} steps" if len(shown) > 1 else "1 step"
    return Verdict(True, grade, f"{many}, the last: {shown[-1].claim}", trusts=trusts)


def decide_stored(how: str, data: dict[str, Any]) -> Decision:
    """Decide a step from its data in the small form.

    Raises:
        InputError: the data are not what a step of this kind has.
    """
    if how not in DECIDED_BY:
        raise InputError(f"{how!r} is not a kind of step; known are {', '.join(DECIDED_BY)}")
    exact = {name: _unstored(value) for name, value in data.items()}
    try:
        return DECIDED_BY[how](**exact)
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the data do not make a step of the kind {how}: {error}") from None


def _exact(value: Any, claim: str) -> Any:
    if isinstance(value, Expr):
        return value
    if isinstance(value, (list, tuple)):
        return [_exact(v, claim) for v in value]
    if value is None or isinstance(value, (float, str, bool)):
        raise ClaimError(f"the step {claim!r} contains {value!r}; write exact SymPy expressions, for example Rational(1, 100)")
    try:
        return sympy.sympify(value, strict=True)
    except sympy.SympifyError:
        raise ClaimError(f"the step {claim!r} contains {value!r}; write exact SymPy expressions") from None


def _interval(interval: Sequence[Any], claim: str) -> list[Any]:
    if not isinstance(interval, (list, tuple)) or len(interval) != 3 or not isinstance(interval[0], Symbol):
        raise ClaimError(f"the step {claim!r} has the interval {interval!r}; write (symbol, low, high)")
    if (sympy.sympify(interval[2], strict=True) - sympy.sympify(interval[1], strict=True)).is_extended_nonpositive:
        raise ClaimError(f"the step {claim!r} has the empty interval ({interval[1]}, {interval[2]}); write the lower end first")
    return list(interval)


def _stored(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return [to_form(v) for v in value] if isinstance(value, list) else to_form(value)


def _unstored(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return [from_form(v) for v in value] if value and isinstance(value[0], list) else from_form(value)
