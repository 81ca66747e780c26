"""Steps of the derivations for the regularised loss of a network: its derivatives, bounds on the data's part, conditions 1 to 3."""

from __future__ import annotations

from typing import Any


def log_derivatives(log: Any) -> None:
    """∂L/∂w and ∂²L/∂w² for one inner weight w and one sample. All other units together are a constant F, so no width is assumed."""
    import sympy

    log.cite("chain-rule-second-order")
    w, u, x, y, f, a, p, q, lam = sympy.symbols("w u x y f a p q lambda", real=True)
    moved = f + a * (p * x * u + q * (x * u) ** 2 / 2)  # f when w moves by u; p, q = σ', σ'' at this unit, x the weight's input
    loss = (moved - y) ** 2 + lam * (w + u) ** 2 / 2
    log.equal(sympy.diff(loss, u).subs(u, 0), 2 * (f - y) * a * p * x + lam * w, "∂L/∂w = 2(f − y) a σ' x + λw")
    second = 2 * (a * p * x) ** 2 + 2 * (f - y) * a * q * x**2 + lam
    log.equal(sympy.diff(loss, u, 2).subs(u, 0), second, "∂²L/∂w² = 2(aσ'x)² + 2(f − y) a σ'' x² + λ")


def log_data_bounds(log: Any) -> None:
    """With |f − y| ≤ E, |σ'| ≤ M, |σ''| ≤ N: ‖∇(data part)‖ ≤ 2EM‖a‖B and Δ(data part) ≤ 2B²(M²‖a‖² + EN‖a‖₁)."""
    import sympy

    log.cite("triangle-inequality")
    e, p, q, a, x, de, dp, dq = sympy.symbols("e p q a x d_e d_p d_q", nonnegative=True)  # absolute values, and what the bounds leave
    top = (e + de, p + dp, q + dq)
    log.nonnegative(sympy.expand((top[0] * top[1] * a * x) ** 2 - (e * p * a * x) ** 2), "((f − y) a σ' x)² ≤ (EM)² a² x², for each weight")
    bound = 2 * x**2 * ((top[1] * a) ** 2 + top[0] * top[2] * a)
    log.nonnegative(sympy.expand(bound - 2 * (a * p * x) ** 2 - 2 * e * a * q * x**2), "∂² ≤ 2x²(M²a² + EN|a|), for each weight")
    a1, a2, x1, x2 = sympy.symbols("a1 a2 x1 x2", real=True)
    terms = sum(b**2 * v**2 for b in (a1, a2) for v in (x1, x2))
    log.equal(terms, (a1**2 + a2**2) * (x1**2 + x2**2), "summed over units and coordinates: Σ a_k² x_j² = ‖a‖²‖x‖²")


def log_reverse_triangle(log: Any) -> None:
    """‖λW + g‖² ≥ (λR − G)² when ‖g‖ ≤ G ≤ λR."""
    import sympy

    log.cite("cauchy-schwarz")
    r, g, rest, beyond = sympy.symbols("r g rest beyond", nonnegative=True)
    slack = sympy.Symbol("e", nonnegative=True)  # ⟨λW, g⟩ = −‖λW‖ ‖g‖ + e
    square = r**2 + 2 * (slack - r * g) + g**2
    log.nonnegative(sympy.expand(square - (r - g) ** 2), "‖λW + g‖² ≥ (‖λW‖ − ‖g‖)²")
    large = g + rest + beyond
    log.nonnegative(sympy.expand((large - g) ** 2 - (large - (g + rest)) ** 2), "which is at least (λR − G)², G ≥ ‖g‖")


def log_conditions(log: Any, strength: Any) -> None:
    """Conditions 1 to 3 from L ≥ λ‖W‖²/2."""
    import sympy

    radius, m = sympy.symbols("R m", positive=True)
    u, f, y = sympy.symbols("u f y", real=True)
    log.cite("smooth-compositions")  # condition 1
    log.nonnegative((f - y) ** 2, "L ≥ λ‖W‖²/2, the squares left out")
    log.cite("comparison")
    log.limit(strength * radius**2 / 2, radius, sympy.oo, sympy.oo, "condition 2: L → ∞")
    log.positive(strength, "condition 3: exp(−2L/s) ≤ exp(−m‖W‖²), m = λ/s > 0, and in each coordinate")
    bell = sympy.sqrt(sympy.pi / m) * sympy.erf(sympy.sqrt(m) * u) / 2
    log.integral(sympy.exp(-m * u**2), (u, -sympy.oo, sympy.oo), sympy.sqrt(sympy.pi / m), "that is integrable", primitive=bell)
    log.cite("tonelli")
