"""The functions of the rows, once for us (by name) and once as the plain Python that a peer's user writes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

ROOT = math.sqrt(2 * math.pi)
SIGMAS = ("1/10", "1", "10")
#: The exponents (i, j) of α_ij = E[φ'(σz)^i z^j].
WANTED = ((1, 0), (1, 1), (1, 2), (2, 0), (2, 2))


@dataclass(frozen=True)
class Peer:
    """φ and φ' on two half-lines, in plain Python.

    Args:
        name: in our catalogue.
        value: φ.
        slope: φ'.
        kink: whether 0 is a kink, where the peer's integral is split too.
    """

    name: str
    value: Callable[[float], float]
    slope: Callable[[float], float]
    kink: bool = False


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _phi(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / ROOT if abs(x) < 38 else 0.0


def _sech2(x: float) -> float:
    return 1 / math.cosh(x) ** 2 if abs(x) < 350 else 0.0


def _mish_slope(x: float) -> float:
    u = _softplus(x)
    return math.tanh(u) + x * _sech2(u) * _logistic(x)


PEERS = (
    Peer("relu", lambda x: max(x, 0.0), lambda x: 1.0 if x > 0 else 0.0, kink=True),
    Peer("leaky_relu", lambda x: x if x > 0 else x / 100, lambda x: 1.0 if x > 0 else 0.01, kink=True),
    Peer("squared_relu", lambda x: max(x, 0.0) ** 2, lambda x: 2 * max(x, 0.0), kink=True),
    Peer("elu", lambda x: x if x > 0 else math.expm1(x), lambda x: 1.0 if x > 0 else math.exp(x), kink=True),
    Peer("sigmoid", _logistic, lambda x: _logistic(x) * _logistic(-x)),
    Peer("tanh", math.tanh, _sech2),
    Peer("erf_integral", lambda x: math.sqrt(math.pi) / 2 * math.erf(x), lambda x: math.exp(-x * x)),
    Peer("softplus", _softplus, _logistic),
    Peer("gelu", lambda x: x * _phi(x), lambda x: _phi(x) + x * _density(x)),
    Peer("silu", lambda x: x * _logistic(x), lambda x: _logistic(x) * (1 + x * _logistic(-x))),
    Peer("mish", lambda x: x * math.tanh(_softplus(x)), _mish_slope),
    Peer("arctan", math.atan, lambda x: 1 / (1 + x * x)),
)


def quad_moments() -> list[float]:
    """The 180 integrals by `scipy.integrate.quad` with its defaults, split at 0 where φ' has a kink."""
    from scipy.integrate import quad

    found = []
    for peer in PEERS:
        pieces = ((-math.inf, 0.0), (0.0, math.inf)) if peer.kink else ((-math.inf, math.inf),)
        for sigma in (0.1, 1.0, 10.0):
            for i, j in WANTED:

                def integrand(z: float, f: Callable[[float], float] = peer.slope, s: float = sigma, i: int = i, j: int = j) -> float:
                    return f(s * z) ** i * z**j * math.exp(-z * z / 2) / ROOT

                found.append(sum(quad(integrand, a, b)[0] for a, b in pieces))
    return found


def quad_hermite(peer: Peer, terms: int) -> list[float]:
    """E[φ h_k] for k < terms, one quad each, h_k by its recurrence."""
    from scipy.integrate import quad

    def integrand(z: float, k: int) -> float:
        before, here = 0.0, 1.0
        for n in range(k):
            before, here = here, (z * here - math.sqrt(n) * before) / math.sqrt(n + 1)
        return peer.value(z) * here * math.exp(-z * z / 2) / ROOT

    pieces = ((-math.inf, 0.0), (0.0, math.inf)) if peer.kink else ((-math.inf, math.inf),)
    return [sum(quad(integrand, a, b, args=(k,))[0] for a, b in pieces) for k in range(terms)]
