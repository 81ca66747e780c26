"""Hermite coefficients: floats, certified digits, and the exact class."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.benchmarks.peers import PEERS, quad_hermite
from theorycheck.benchmarks.timing import Row, compare
from theorycheck.gaussian.exact_moments import normalised, polynomial_projections
from theorycheck.gaussian.hermite import hermite_coefficients

_FOUR = ("tanh", "gelu", "mish", "relu")
#: Degrees that stand for all 64 in the peer's 30-digit subset: their mean is that of all.
_SUBSET = (1, 21, 41, 63)


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """hermite-64, hermite-1024, hermite-64-30-digits, exact-relu-hermite."""
    functions = [Activation(name) for name in _FOUR]
    peers = [next(p for p in PEERS if p.name == name) for name in _FOUR]
    if wanted("hermite-64"):
        worst = _worst(functions, 64)
        yield compare(
            "hermite-64",
            goals["hermite-64"],
            lambda: [hermite_coefficients(f, 64) for f in functions],
            lambda: [quad_hermite(p, 64) for p in peers],
            f"error {worst:.1e} ≤ 5e-16",
            repetitions=7,
        )
    if wanted("hermite-1024"):
        worst = _worst(functions, 1024)
        tanh = functions[0]
        yield compare(
            "hermite-1024",
            goals["hermite-1024"],
            partial(hermite_coefficients, tanh, 1024),
            partial(_vandermonde, np.tanh, 1024),
            f"all finite, error {worst:.1e} ≤ 5e-16",
        )
    if wanted("hermite-64-30-digits"):
        _assert_certified(functions[0])
        yield compare(
            "hermite-64-30-digits",
            goals["hermite-64-30-digits"],
            partial(hermite_coefficients, functions[0], 64, 30),
            _mpmath_subset,
            f"64 balls, 30 digits; the peer's {len(_SUBSET)} coefficients times {64 // len(_SUBSET)}",
            peer_factor=64 / len(_SUBSET),
            repetitions=7,
        )
    if wanted("exact-relu-hermite"):
        ours, theirs = _exact_relu(), _sympy_relu()
        for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if abs((a.sympy() * math.sqrt(math.factorial(k)) - b).evalf(20)) > 1e-12 * abs(b):
                raise AssertionError(f"E[relu He_{k}]: {a.sympy()} against {b}")
        yield compare(
            "exact-relu-hermite", goals["exact-relu-hermite"], _exact_relu, _sympy_relu, "11 exact values agree", repetitions=7
        )


def _worst(functions: list[Activation], terms: int) -> float:
    """The largest error of the float coefficients against certified ones; raises above 5e-16."""
    worst = 0.0
    for f in functions:
        floats = hermite_coefficients(f, terms)
        if not np.isfinite(floats).all():
            raise AssertionError(f"{int((~np.isfinite(floats)).sum())} coefficients of {f.name} are not finite")
        truth = np.array([float(c) for c in hermite_coefficients(f, terms, digits=20)])
        worst = max(worst, float(np.abs(floats - truth).max()))
    if not worst <= 5e-16:
        raise AssertionError(f"float coefficients err by {worst:.3g}, more than 5e-16")
    return worst


def _vandermonde(f: Callable[[np.ndarray], np.ndarray], terms: int) -> np.ndarray:
    """NumPy's way: 200 Gauss–Hermite nodes and a Vandermonde matrix (it overflows from degree 300 or so on)."""
    from numpy.polynomial.hermite_e import hermegauss, hermevander

    with np.errstate(all="ignore"):
        nodes, weights = hermegauss(200)
        norms = np.exp(-0.5 * np.array([math.lgamma(k + 1) for k in range(terms)]))
        return np.asarray((weights * f(nodes)) @ hermevander(nodes, terms - 1) * norms / math.sqrt(2 * math.pi))


def _assert_certified(f: Activation) -> None:
    import mpmath

    with mpmath.workdps(40):
        found = hermite_coefficients(f, 64, 30)
        for c, truth in zip([found[k] for k in _SUBSET], _mpmath_subset(), strict=True):
            if not (float(c.radius) <= 1e-30 and abs(mpmath.mpf(c.value) - truth) < mpmath.mpf(10) ** -28):
                raise AssertionError(f"{c.value} ± {c.radius} against {truth}")


def _mpmath_subset() -> list[Any]:
    import mpmath

    with mpmath.workdps(32):

        def coefficient(k: int) -> Any:
            def integrand(z: Any) -> Any:
                before, here = mpmath.mpf(0), mpmath.mpf(1)
                for n in range(k):
                    before, here = here, (z * here - mpmath.sqrt(n) * before) / mpmath.sqrt(n + 1)
                return mpmath.tanh(z) * here * mpmath.npdf(z)

            return mpmath.quad(integrand, [-mpmath.inf, 0, mpmath.inf])

        return [coefficient(k) for k in _SUBSET]


def _exact_relu() -> list[Any]:
    """E[relu(z) h_k(z)], k ≤ 10, in the exact class."""
    from flint import fmpq

    return normalised(polynomial_projections([fmpq(0), fmpq(1)], fmpq(0), None, 11))


def _sympy_relu() -> list[Any]:
    """E[relu(z) He_k(z)], k ≤ 10, by SymPy's fastest route: integrate over the half-line."""
    import sympy
    from sympy.core.cache import clear_cache

    clear_cache()
    z = sympy.Symbol("z", real=True)
    density = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    before, here = sympy.Integer(0), sympy.Integer(1)
    found = []
    for k in range(11):
        found.append(sympy.integrate(sympy.expand(z * here) * density, (z, 0, sympy.oo)))
        before, here = here, sympy.expand(z * here - k * before)
    return found
