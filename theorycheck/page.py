"""One activation's page: its properties, its numbers, and how good the evidence is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from theorycheck.errors import DoesNotExist, InputError, Undecided
from theorycheck.limits import Budget
from theorycheck.verdict import Verdict, undecided

if TYPE_CHECKING:
    from theorycheck.activation.function import Activation
    from theorycheck.enclosure import Enclosure
    from theorycheck.gaussian.moments import RhoValue
    from theorycheck.properties.signal import Signal

#: The properties that a page must decide to be complete.
REQUIRED = ("P1", "P2", "P3a", "P3b")
#: The standard deviations σ at which a page evaluates ρ(σ).
SIGMAS = (Fraction(1, 10), Fraction(1), Fraction(10))
#: A page shows the Hermite coefficients of degree below this.
TERMS = 9


@dataclass(frozen=True)
class VerifiedPage:
    """What is known about one activation.

    Args:
        activation: the function.
        properties: a verdict for each of `properties.recovery.NAMES`, in that order.
        rho: the values ρ(σ) at `SIGMAS` that exist and were found.
        hermite: the coefficients of degree 0..8, or nothing when they do not exist or were not found.
        missing: why a number is missing, by the label of the number ("rho 1/10", "hermite").
        spent: the labels whose number is missing because the work allowed was spent.
        guarantees: (claim id, verdict) of each published guarantee.
        signal: the gains and critical points, or None when there was no time to ask for them.
    """

    activation: Activation
    properties: dict[str, Verdict]
    rho: tuple[RhoValue, ...]
    hermite: tuple[Enclosure, ...]
    missing: dict[str, str] = field(default_factory=dict)
    spent: frozenset[str] = frozenset()
    guarantees: tuple[tuple[str, Verdict], ...] = ()
    signal: Signal | None = None

    @property
    def open_questions(self) -> list[str]:
        """What the page had to decide and could not: properties of `REQUIRED` and requested numbers."""
        names = [name for name in REQUIRED if self.properties[name].holds is None]
        return names + [f"rho {v.sigma}" for v in self.rho if not v.decided] + sorted(self.spent)

    def to_json(self) -> dict[str, Any]:
        """The page as a JSON document."""
        return {
            "activation": self.activation.to_json(),
            "properties": {name: verdict.to_json() for name, verdict in self.properties.items()},
            "rho": self._rho_json(),
            "hermite": self._hermite_json(),
            "signal": None if self.signal is None else self.signal.to_json(),
            "guarantees": [{"claim": claim, **verdict.to_json()} for claim, verdict in self.guarantees],
        }

    def _rho_json(self) -> list[dict[str, Any]]:
        known = {str(v.sigma): v for v in self.rho}
        rows = []
        for sigma in SIGMAS:
            if str(sigma) in known:
                rows.append(rho_json(known[str(sigma)]))
            else:
                rows.append({"sigma": str(sigma), **_no_value(self.missing[f"rho {sigma}"]), "terms": [], "active": []})
        return rows

    def _hermite_json(self) -> list[dict[str, Any]]:
        if self.hermite:
            return [{"k": k, **c.to_json()} for k, c in enumerate(self.hermite)]
        return [{"k": k, **_no_value(self.missing["hermite"])} for k in range(TERMS)]

    def text(self, ascii: bool = False) -> str:
        """The page for a terminal: verdict first, value second, grade third, reason last.

        Args:
            ascii: write without characters beyond ASCII.
        """
        from theorycheck.pagetext import page_text

        return page_text(self, ascii)


def verify(f: str | Activation, digits: int = 15, budget: float | None = 60.0, **parameters: str | int | Fraction) -> VerifiedPage:
    """Everything theorycheck knows to ask about an activation.

    Args:
        f: the text of an activation, a catalogue name, or an Activation.
        digits: decimal digits of the numbers, at least 1.
        budget: seconds that the whole page may take; what is not decided by then is undecided, and says so.
        parameters: values of the parameters in the text, as exact text, int or Fraction.

    Returns:
        The page; nothing on it is printed yet.

    Raises:
        InputError: the text is not an activation, or a parameter or limit is out of range.

    >>> page = verify("max(x, 0)", digits=10)
    >>> page.properties["P1"].holds, page.properties["P3a"].holds, page.hermite[1].value
    (True, False, '0.5')
    """
    from theorycheck.activation.function import Activation, as_activation
    from theorycheck.claims.bundled import guarantees
    from theorycheck.gaussian.accuracy import require_digits
    from theorycheck.gaussian.hermite import hermite_coefficients
    from theorycheck.gaussian.moments import rho_terms
    from theorycheck.network.convexity import convexity
    from theorycheck.properties.recovery import NAMES, properties
    from theorycheck.properties.signal import signal
    from theorycheck.properties.universality import universality
    from theorycheck.properties.villani_loss import loss_hypotheses

    digits = require_digits(digits)
    whole = Budget(60.0 if budget is None else budget)
    activation = Activation(f, **parameters) if isinstance(f, str) else as_activation(f)
    missing: dict[str, str] = {}
    spent: set[str] = set()

    def attempt(label: str, compute: Callable[[], Any]) -> Any:
        try:
            whole.check(f"computing {label}")
            return compute()
        except DoesNotExist as error:
            missing[label] = f"does not exist: {error}"
        except InputError as error:
            missing[label] = f"not defined: {error}"
        except Undecided as error:
            missing[label] = f"undecided: {error}"
            spent.add(label)
        return None

    # The numbers come first because they are quick; deciding P2 may take all the time there is.
    hermite = attempt("hermite", lambda: hermite_coefficients(activation, TERMS, digits=digits))
    rho = [attempt(f"rho {sigma}", partial(rho_terms, activation, sigma, digits, whole.share(0.4))) for sigma in SIGMAS]
    propagated = attempt("signal", lambda: signal(activation, digits, whole.share(0.3)))
    try:
        whole.check("deciding the properties")
        found = properties(activation, whole)
    except Undecided as error:
        found = {name: undecided(str(error)) for name in NAMES}
    at_one = rho[SIGMAS.index(Fraction(1))]
    return VerifiedPage(
        activation=activation,
        properties={name: found[name] for name in NAMES},
        rho=tuple(v for v in rho if v is not None),
        hermite=tuple(hermite or ()),
        missing=missing,
        spent=frozenset(spent),
        guarantees=guarantees({**found, **convexity(activation, at_one, whole), **loss_hypotheses(activation), **universality(activation)}),
        signal=propagated,
    )


def rho_json(value: RhoValue) -> dict[str, Any]:
    """One row of a ρ document: σ, the value, its three terms, and which of them may be the minimum."""
    return {
        "sigma": str(value.sigma),
        **value.value.to_json(),
        "terms": [term.to_json() for term in value.terms],
        "active": list(value.active),
    }


def _no_value(reason: str) -> dict[str, Any]:
    return {"value": None, "radius": None, "exact": None, "reason": reason}
