"""Villani functions: the examples with known verdicts, a hundred random polynomials against sampling along curves, and the losses."""

import re
from math import perm

import mpmath
import numpy as np
import pytest
import sympy

from theorycheck.errors import InputError
from theorycheck.properties.several_variables import declared, read_function
from theorycheck.properties.villani import villani_conditions
from theorycheck.properties.villani_loss import loss_hypotheses, loss_is_villani

# (f, variables, the four conditions); None where condition 3 or 4 is of no consequence and left open
EXAMPLES = [
    ("x**2*y**2", "x,y", (True, False, False, False)),
    ("(x**2+y**2)**2 - 10*x**2", "x,y", (True, True, True, True)),
    ("x**2+y**4-x*y", "x,y", (True, True, True, True)),
    ("(x*y-1)**2+x**2", "x,y", (True, False, False, False)),
    ("x**2*abs(x)", "x", (False, True, True, True)),
    ("x**2+0*y", "x,y", (True, False, False, False)),
    ("(x-y)**4+x**2+y**2", "x,y", (True, True, True, True)),
    ("(x-y**2)**2+x**2", "x,y", (True, True, True, True)),
    ("(x-y**2)**2+x", "x,y", (True, True, True, False)),
    ("x**2*(1+y**4)", "x,y", (True, False, None, False)),
    ("x**2+y**2+sin(x*y)", "x,y", (True, True, True, False)),
    ("(x*tanh(y))**2+(x**2+y**2)/20", "x,y", (True, True, True, False)),
    ("(1-tanh(x)-2*tanh(y))**2+(x**2+y**2)/100", "x,y", (True, True, True, True)),
    ("log(1+x**2+y**2)", "x,y", (True, True, False, False)),
    ("sqrt(1+x**2+y**2)", "x,y", (True, True, True, False)),
    ("sqrt(x**2+y**2)", "x,y", (False, None, None, None)),
    ("cosh(x)+y**2", "x,y", (True, True, True, True)),
    ("exp(x**4)", "x", (True, True, True, True)),
    ("x**2+sin(x)", "x", (True, True, True, True)),
    ("x**3", "x", (True, False, False, True)),
    ("5", "x", (True, False, False, False)),
    ("(x**2+y**2+z**2)**2-x*y", "x,y,z", (True, True, True, True)),
    ("x**4+y**4+z**4-4*x*y*z**2", "x,y,z", (True, False, None, True)),
    ("x**2+y**2+z**2+x**2*y**2*z**2", "x,y,z", (True, True, True, False)),
    ("x**2+y**2+z**2+x*y", "x,y,z", (True, True, True, True)),
    ("(x**2-2*y**2)**2+x**2+y**2", "x,y", (True, True, True, False)),
    ("(x**2-2*y**2)**2-x**2", "x,y", (True, False, False, False)),
    ("(x**3-2*y**3)**2+x**4+y**4", "x,y", (True, True, True, True)),
    ("u**2+v**2+w**2+x**2+y**2+z**2+u*v*w*x*y*z", "u,v,w,x,y,z", (True, False, None, None)),
]


@pytest.mark.parametrize(("text", "variables", "expected"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_examples(text, variables, expected):
    found = villani_conditions(text, variables)
    assert tuple(v.holds for v in found.conditions) == expected, [v.reason for v in found.conditions]
    assert all(v.witness for v in found.conditions if v.holds is False)


@pytest.mark.parametrize(
    ("text", "curve"),
    [
        ("(x**2-2*y**2)**2 - x**2", "x = t, y = (-sqrt(2)/2)*t + 1/4"),
        ("(x**2-2*y**2)**2 + x", "x = -t, y = (-sqrt(2)/2)*t + 1/4*t^(-1/2)"),
        ("(x**2-x*y-y**2)**2", "x = t, y = (-sqrt(5)/2 - 1/2)*t"),
        ("((x**2-2*y**2)**2-2*y**2)**2 - x", "x = t, y = (-sqrt(2)/2)*t + (-sqrt(2)/4) + (-sqrt(2)/16)*t^(-1)"),
    ],
)
def test_curves_in_irrational_directions(text, curve):
    """f stays bounded, or falls, along the curve of the witness: evaluated far out with 120 digits."""
    witness = villani_conditions(text, "x,y").conditions[1].witness
    assert witness.startswith(curve)
    f = sympy.lambdify(sympy.symbols("x y"), sympy.sympify(text), "mpmath")
    with mpmath.workdps(120):
        values = [f(*on_witness(witness, t)[1:]) for t in (10**4, 10**6)]
    assert values[1] <= max(values[0], 0) + mpmath.mpf(10) ** -30


def test_the_ray_of_a_variable_that_does_not_matter():
    found = villani_conditions("x**2 + 0*y", "x,y").conditions[1]
    assert found.witness == "y = t, x = 0" and found.grade == "proved"


def test_witness_of_a_kink():
    assert "f' jumps by 2 at t = 0" in villani_conditions("sqrt(x**2+y**2)", "x,y").conditions[0].reason


POWERS = (-2, -1, -0.5, 0, 0.5, 1, 2, 3)


def test_a_bounded_function_has_no_limit_to_show():
    assert villani_conditions("cos(x)", "x").conditions[1].reason.startswith("f stays bounded as x → ")


def random_polynomial(rng):
    """Degree at most 6; sums of squares, even leading forms, and anything."""
    kind = int(rng.integers(0, 4))
    if kind == 0:
        parts = [f"({poly(rng, 3)})**2" for _ in range(int(rng.integers(1, 4)))]
        return " + ".join(parts)
    if kind == 1:
        degree = 2 * int(rng.integers(1, 4))
        return f"{rng.integers(1, 4)}*x**{degree} + {rng.integers(1, 4)}*y**{2 * int(rng.integers(1, 4))} + {poly(rng, degree - 1)}"
    if kind == 2:
        return f"({poly(rng, 2)})**2 + x**2 + ({poly(rng, 1)})**2"
    return poly(rng, 6)


def poly(rng, degree):
    terms = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i) if i + j]
    chosen = [terms[k] for k in rng.choice(len(terms), size=min(3, len(terms)), replace=False)]
    return " + ".join(f"({int(rng.integers(-3, 4))})*x**{i}*y**{j}" for i, j in chosen)


def jet(terms, u, v):
    """f, ‖∇f‖² and Δf of a polynomial, by its terms ((i, j), c); for arrays and for mpmath numbers."""

    def partial(k, m):
        shown = [(i, j, c) for (i, j), c in terms if i >= k and j >= m]
        return sum(c * perm(i, k) * perm(j, m) * u ** (i - k) * v ** (j - m) for i, j, c in shown) + 0 * u

    return partial(0, 0), partial(1, 0) ** 2 + partial(0, 1) ** 2, partial(2, 0) + partial(0, 2)


def curves_at(far):
    """Points at a distance: a circle, and 81 of the curves y = c x^w for each of eight w, in all directions."""
    angles, c = np.linspace(0, 2 * np.pi, 721), np.linspace(-4, 4, 81)
    large = np.concatenate([sign * far + 0 * c for _ in POWERS for sign in (1, -1)])
    small = np.concatenate([c * far**power for power in POWERS for _ in (1, -1)])
    return np.concatenate([far * np.cos(angles), large, small]), np.concatenate([far * np.sin(angles), small, large])


def on_witness(witness, t):
    """(s, x, y) at the parameter t of a witness such as "s = 2; x = t, y = 2*t^(1/2)"."""
    step, _, curve = witness.rpartition("; ")
    at = dict(part.split(" = ") for part in re.split(", (?=[xy] = )", curve))
    point = (sympy.sympify(at[name].replace("^", "**"), {"t": sympy.Integer(t)}) for name in "xy")
    s = sympy.Rational(step.removeprefix("s = ") or 1)
    return (mpmath.mpf(s.p) / s.q, *(mpmath.mpmathify(sympy.N(value, 120)) for value in point))


def test_a_hundred_random_polynomials_against_curves():
    rng = np.random.default_rng(20261)
    x, y = sympy.symbols("x y", real=True)
    decided = 0
    for _ in range(100):
        text = random_polynomial(rng)
        terms = [(e, int(c)) for e, c in sympy.Poly(sympy.sympify(text, locals={"x": x, "y": y}), x, y).terms()]
        conditions = villani_conditions(text, "x,y").conditions
        for number, verdict in ((2, conditions[1]), (4, conditions[3])):
            decided += verdict.holds is not None
            if verdict.holds:
                for far in (1e3, 1e5):
                    value, square, trace = jet(terms, *curves_at(far))
                    low = np.min(value if number == 2 else square - trace)
                    assert low > -1e-6 * far, (text, number, far, low)
                assert low > 10, (text, number, low)
            elif verdict.holds is False and "→" not in verdict.witness:  # a curve on which it stays low, often by cancellation
                with mpmath.workdps(120):
                    values = []
                    for t in (10**6, 10**8, 10**10):
                        s, *point = on_witness(verdict.witness, t)
                        value, square, trace = jet(terms, *point)
                        values.append(value if number == 2 else square / s - trace)
                assert values[2] <= max(values[0], 0) + 1 + abs(values[0]) / 2, (text, number, verdict.witness, values)
    assert decided >= 195, decided


@pytest.mark.parametrize(
    ("text", "holds", "grade", "threshold"),
    [
        ("softplus", True, "certified", "2"), ("sigmoid", True, "certified", "0.125"), ("tanh", True, "certified", "2"),
        ("gelu", True, "certified", None), ("asinh(x)", True, "certified", "2"), ("x", True, "certified", "2"),
        ("x+sin(x)**2", None, None, None), ("x*sin(log(1+x^2))", None, None, None), ("relu", False, "proved", None),
        ("x^2", False, "certified", None), ("exp(x)", False, "certified", None),
    ],
)  # fmt: skip
def test_losses_of_networks(text, holds, grade, threshold):
    found = loss_is_villani(text)
    assert (found.holds, found.grade) == (holds, grade), found
    if threshold:
        assert found.value == {"lambda above": "0", "lambda_c": threshold}


def test_hypotheses_on_the_loss():
    assert [v.holds for v in loss_hypotheses("gelu").values()] == [False, True]
    assert [v.holds for v in loss_hypotheses("tanh").values()] == [True, True]


@pytest.mark.parametrize(
    ("text", "variables", "message"),
    [
        ("x + z", "x,y", "'z' is not declared; declare it with --variables x,y,z"),
        ("1/(x + y)", "x,y", r"the denominator vanishes at \(x, y\) = \(0, 0\)"),
        ("1/x", "x", "the denominator vanishes at x = 0"),
        ("log(x*y)", "x,y", r"the argument of log is 0 at \(x, y\) = \(0, 0\)"),
        ("sqrt(1 - x**2 + y)", "x,y", "the argument of sqrt is"),
        ("(x+y)**99", "x,y", "a polynomial of degree 99 in 2 variables arises here"),
        ("a*x**2", "x", "'a' is not declared; declare it with --variables x,a"),
        ("foo(abs(x))", "x,y", "'foo' is not a function"),
        ("foo(x)", "x,y", "'foo' is not a function"),
        ("tanh", "x,y", r"tanh is a function; write tanh\(x\)"),
        ("x +", "x,y", "the expression is not complete"),
        ("", "x,y", "the expression is empty"),
        ("abs(x) + q", "x,y", "'q' is not declared"),
        ("abs(x) + tanh", "x,y", r"tanh is a function; write tanh\(x\)"),
        ("ln(x)", "x,y", "write log"),
    ],
)
def test_bad_functions(text, variables, message):
    with pytest.raises(InputError, match=message):
        read_function(text, variables)


@pytest.mark.parametrize(
    ("names", "message"),
    [("x,x", "declared twice"), ("", "is not a name"), ("exp", "the name of a function"), ("2x", "is not a name"), ("if", "is not a name"),
     ("a,b,c,d,f,g,h,k,l", "at most 8")],
)  # fmt: skip
def test_bad_variables(names, message):
    with pytest.raises(InputError, match=message):
        declared(names)
