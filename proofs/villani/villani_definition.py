"""The four conditions of a Villani function, decided for given functions on R^d and for every s > 0.

A random ray shows little: x²y² fails along the axes only, (xy − 1)² + x² along a curve, and a negative value of ‖∇f‖²/s − Δf at a finite
radius refutes nothing, as (x² + y²)² − 10x² shows.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source

#: (f, its variables, whether each of the four conditions holds). None: not decided, nor needed, once another condition fails.
FUNCTIONS = (
    ("x**2*y**2", "x,y", (True, False, False, False)),
    ("(x**2+y**2)**2 - 10*x**2", "x,y", (True, True, True, True)),
    ("x**2+y**4-x*y", "x,y", (True, True, True, True)),
    ("(x*y-1)**2+x**2", "x,y", (True, False, False, False)),
    ("x**2*abs(x)", "x", (False, True, True, True)),
    ("x**2+0*y", "x,y", (True, False, False, False)),
    ("(x-y**2)**2+x**2", "x,y", (True, True, True, True)),
    ("x**2+y**2+sin(x*y)", "x,y", (True, True, True, False)),
    ("sqrt(1+x**2+y**2)", "x,y", (True, True, True, False)),
    ("log(1+x**2)", "x", (True, True, False, False)),
)
#: Where the fourth condition fails: f, the curve, s, and the limit of ‖∇f‖²/s − Δf.
ESCAPES = (("x**2*y**2", "t", "0", 1, "-oo"), ("x**2+0*y", "0", "t", 1, "-2"), ("sqrt(1+x**2+y**2)", "t", "0", 1, "1"))


def functions(rng: Any, count: int) -> Any:
    """The functions of the table."""
    return FUNCTIONS[:count]


claim = Claim(
    "villani/villani-definition",
    title="The four conditions of a Villani function, decided for a given function",
    source=Source(deck="004", slide="Definition (Villani Functions)", arxiv="2004.06977"),
    kind="equality",
    statement=r"f \in C^\infty,\quad f \to \infty,\quad \int e^{-2f/s} < \infty,\quad \frac{1}{s}\|\nabla f\|^2 - \Delta f \to \infty,\quad"
    r"\forall s > 0",
    reading="decided for the functions of a table, each condition for every s > 0 at once; limits as ‖x‖ → ∞ in every direction",
    assumes=[Instances("functions", functions)],
    knobs={"laplacian": 1},
)


def fourth(f: Any, symbols: Any, s: Any, knobs: Any) -> Any:
    """‖∇f‖²/s − Δf."""
    import sympy

    square = sympy.Add(*[sympy.diff(f, v) ** 2 for v in symbols])
    return square / s - knobs.laplacian * sympy.Add(*[sympy.diff(f, v, 2) for v in symbols])


@claim.derive
def by_bounds_and_curves(log: Any, knobs: Any) -> Any:
    import sympy

    from theorycheck.verdict import proved

    x, y = sympy.symbols("x y", real=True)
    s, r, t = sympy.symbols("s r t", positive=True)

    def along(f: Any, curve: Any) -> Any:
        return sympy.expand(fourth(f, (x, y), s, knobs)).subs(curve, simultaneous=True)

    log.limit(along(x**2 * y**2, {x: t, y: 0}), t, sympy.oo, -sympy.oo, "x²y²: the quantity on the axis, every s")
    log.zero((x**2 * y**2).subs(y, 0), "x²y²: f stays 0 there")
    log.limit(((x * y - 1) ** 2 + x**2).subs({x: 1 / t, y: t}), t, sympy.oo, 0, "(xy − 1)² + x²: f → 0 on x = 1/t, y = t")
    root = along(sympy.sqrt(1 + x**2 + y**2), {x: t, y: 0})
    log.limit(root.subs(s, 1), t, sympy.oo, 1, "√(1+x²+y²): the quantity on the axis, s = 1")

    f = (x**2 + y**2) ** 2 - 10 * x**2  # with x² + y² = r²
    value = sympy.expand(fourth(f, (x, y), s, knobs) - (16 * (x**2 + y**2) ** 3 - 160 * (x**2 + y**2) ** 2) / s + 16 * (x**2 + y**2) - 20)
    log.equal(value, (160 * y**2 * (x**2 + y**2) + 400 * x**2) / s, "(x²+y²)² − 10x²: the quantity less a function of r")
    log.limit((16 * r**6 - 160 * r**4) / s - 16 * r**2 + 20, r, sympy.oo, sympy.oo, "which tends to ∞ for every s")
    log.limit(r**4 - 10 * r**2, r, sympy.oo, sympy.oo, "as does a lower bound of f")

    g = x**2 + y**4 - x * y
    log.equal(g, (x - y / 2) ** 2 + y**4 - y**2 / 4, "x² + y⁴ − xy: a square and a function of y that tends to ∞")
    form = sympy.Rational(15, 4) * x**2 - 8 * x * y**3 + sympy.Rational(31, 2) * y**6
    lower = y**6 / 2 - 3 * y**2 - 12 * s * y**2 - 2 * s
    scaled = sympy.expand(s * fourth(g, (x, y), s, knobs))
    log.equal(scaled, sympy.expand((x - 2 * y) ** 2 + form + x**2 / 4 + lower), "s times its quantity")
    log.positive(sympy.Rational(15, 4) * sympy.Rational(31, 2) * 4 - 64, "where 15/4 x² − 8xy³ + 31/2 y⁶ is a positive form in x and y³")
    log.limit(lower, y, sympy.oo, sympy.oo, "and the rest, x²/4 and a function of y, tends to ∞ for every s")
    return proved("the functions that are treated by hand", scope="instances", instances=5)


@claim.certify
def against_the_decision(check: Any, knobs: Any) -> None:
    import mpmath
    import sympy

    from theorycheck.properties.villani import villani_conditions

    for text, variables, expected in check.instances(len(FUNCTIONS)):
        found = villani_conditions(text, variables)
        for number, (verdict, wanted) in enumerate(zip(found.conditions, expected, strict=True), 1):
            check.true(verdict if wanted else ~verdict, f"condition {number} {'holds' if wanted else 'fails'}")
    x, y, t = sympy.symbols("x y t", real=True)
    for text, first, second, s, value in ESCAPES:  # evaluated far out, by a route without limits
        f = sympy.sympify(text, locals={"x": x, "y": y})  # a text of this file
        on_curve = fourth(f, (x, y), s, knobs).subs({x: sympy.sympify(first, locals={"t": t}), y: sympy.sympify(second, locals={"t": t})})
        far = [mpmath.mpf(on_curve.subs(t, 10**k).evalf(30)) for k in (3, 6, 9)]
        if value == "-oo":
            check.less(far[2], far[1] - 10**6, f"{text}: it falls without bound along the curve")
        else:
            check.equal(sympy.Integer(value), far[2], f"{text}: its limit along the curve", digits=8)


claim.mutant("without the Laplacian", by="derive", laplacian=0)
claim.mutant("without the Laplacian, certified", by="certify", laplacian=0)
