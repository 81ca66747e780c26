"""Functions that activations are made of, beyond SymPy's own, and derivatives whose sign is manifest.

SymPy has no logistic function and no Gaussian distribution function; written out by exponentials they overflow and cancel.
As functions of their own they are stable to evaluate, positive on sight, and still known to SymPy through `to_sympy`.
"""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Function, Integer, Mul, Pow, S, Symbol, cosh, erf, erfc, exp, log, pi, sech, sinh, sqrt, tanh

#: The argument of every activation.
x = Symbol("x", real=True)


class _Distribution(Function):
    """What the distribution functions of symmetric laws share."""

    is_real = True
    is_positive = True

    @classmethod
    def eval(cls, u: Expr) -> Expr | None:
        if u.is_zero:
            return S.Half
        if u is S.Infinity:
            return S.One
        return S.Zero if u is S.NegativeInfinity else None


class Phi(_Distribution):
    """The distribution function of N(0, 1)."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return exp(-(self.args[0] ** 2) / 2) / sqrt(2 * pi)

    def in_sympy(self) -> Expr:
        return (1 + erf(self.args[0] / sqrt(2))) / 2


class sigmoid(_Distribution):  # noqa: N801  # the field's own spelling, and the text that users type
    """The logistic function 1/(1 + e^(−u))."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(self.args[0]) * sigmoid(-self.args[0])

    def in_sympy(self) -> Expr:
        return 1 / (1 + exp(-self.args[0]))


class softplus(Function):  # noqa: N801  # as above
    """log(1 + e^u)."""

    is_real = True
    is_positive = True

    @classmethod
    def eval(cls, u: Expr) -> Expr | None:
        return log(2) if u.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(self.args[0])

    def in_sympy(self) -> Expr:
        return log(1 + exp(self.args[0]))


OWN = (Phi, sigmoid, softplus)


def to_sympy(expr: Expr) -> Expr:
    """The same expression by functions that SymPy itself knows.

    >>> to_sympy(sigmoid(x)), to_sympy(softplus(2*x))
    (1/(1 + exp(-x)), log(exp(2*x) + 1))
    """
    return expr.replace(lambda e: isinstance(e, OWN), lambda e: e.in_sympy())


def differentiate(expr: Expr, times: int = 1) -> Expr:
    """d/dx by structural recursion, in forms that neither cancel nor overflow (tanh' is sech², not 1 − tanh²).

    >>> differentiate(tanh(x)), differentiate(sigmoid(3*x))
    (sech(x)**2, 3*sigmoid(-3*x)*sigmoid(3*x))
    """
    for _ in range(times):
        expr = canonical(_derivative(expr, {}))
        if expr.is_rational_function(x) and not expr.is_polynomial(x) and sympy.count_ops(expr) < 200:
            factored = sympy.factor(expr)  # x²/(1 + x²) shows its sign; a sum multiplied out would cancel in floats
            expr = factored if sympy.count_ops(factored) <= sympy.count_ops(expr) else expr
    return expr


def _derivative(expr: Expr, known: dict[Expr, Expr]) -> Expr:
    if expr in known:
        return known[expr]
    result: Expr
    if not expr.has(x):
        result = S.Zero
    elif expr == x:
        result = S.One
    elif isinstance(expr, Add):
        result = Add(*[_derivative(a, known) for a in expr.args])
    elif isinstance(expr, Mul):
        parts = []
        for i, a in enumerate(expr.args):
            da = _derivative(a, known)
            if da != 0:
                parts.append(Mul(*expr.args[:i], da, *expr.args[i + 1 :]))
        result = Add(*parts)
    elif isinstance(expr, Pow) and not expr.exp.has(x):
        result = expr.exp * expr.base ** (expr.exp - 1) * _derivative(expr.base, known)
    elif isinstance(expr, tanh):
        result = sech(expr.args[0]) ** 2 * _derivative(expr.args[0], known)
    else:
        result = expr.fdiff(1) * _derivative(expr.args[0], known)
    known[expr] = result
    return result


def canonical(expr: Expr) -> Expr:
    """Rewrite what people type into the stable functions: log(1 + e^u) is softplus, 1/(1 + e^u) is sigmoid(−u), and so on.

    >>> canonical(log(1 + exp(x))), canonical(exp(x)/(1 + exp(x))), canonical(1 + tanh(x))
    (softplus(x), sigmoid(x), 2*sigmoid(2*x))
    >>> canonical((exp(x) - exp(-x))/(exp(x) + exp(-x))), canonical((1 + erf(x/sqrt(2)))/2)
    (tanh(x), Phi(x))
    """
    if not expr.args or not expr.has(x):
        return expr
    args = [canonical(a) for a in expr.args]
    if isinstance(expr, Add):
        return _canonical_sum(Add(*args))
    if isinstance(expr, Mul):
        return _canonical_product(args)
    if isinstance(expr, Pow):
        return _canonical_power(args[0], args[1])
    rebuilt = expr.func(*args)
    if isinstance(rebuilt, log):
        inner = rebuilt.args[0]
        if isinstance(inner, Add) and len(inner.args) == 2 and inner.args[0] == 1 and isinstance(inner.args[1], exp):
            return softplus(inner.args[1].args[0])
        if isinstance(inner, cosh):
            return inner.args[0] + softplus(-2 * inner.args[0]) - log(2)
        if isinstance(inner, sigmoid):
            return -softplus(-inner.args[0])
    if isinstance(rebuilt, erfc):
        return 2 * Phi(-sqrt(2) * rebuilt.args[0])
    if isinstance(rebuilt, erf):
        inner = sympy.expand_mul(rebuilt.args[0] * sqrt(2))
        if inner.as_coeff_Mul()[0].is_rational and not inner.has(sqrt(2)):
            return 2 * Phi(inner) - 1
    return rebuilt


def _canonical_power(base: Expr, power: Expr) -> Expr:
    if power.is_negative and isinstance(base, Add) and len(base.args) == 2:
        one, other = base.args
        if one == 1 and isinstance(other, exp):
            return sigmoid(-other.args[0]) ** (-power)
    if isinstance(base, cosh) and power.is_negative:
        return sech(base.args[0]) ** (-power)
    return Pow(base, power)


def _canonical_sum(expr: Expr) -> Expr:
    if not isinstance(expr, Add) or len(expr.args) != 2:
        return expr
    (c, f), (d, g) = (a.as_coeff_Mul() for a in expr.args)
    if f == 1 and abs(c) == abs(d):
        sign = d / c
        if isinstance(g, tanh):
            return 2 * c * sigmoid(sign * 2 * g.args[0])
        if isinstance(g, erf):
            return 2 * c * Phi(sign * sqrt(2) * g.args[0])
        if isinstance(g, Pow) and isinstance(g.base, tanh) and g.exp == 2 and sign == -1:
            return c * sech(g.base.args[0]) ** 2
        if isinstance(g, (sigmoid, Phi)) and sign == -1:
            return c * g.func(-g.args[0])
    if f == 1 and d == -2 * c and isinstance(g, sigmoid):
        return -c * tanh(g.args[0] / 2)
    if isinstance(f, exp) and isinstance(g, exp) and f.args[0] == -g.args[0]:
        if c == d:
            return 2 * c * cosh(f.args[0])
        if c == -d:
            return 2 * c * sinh(f.args[0])
    return expr


def _canonical_product(factors: list[Expr]) -> Expr:
    product = Mul(*factors)
    if not isinstance(product, Mul):
        return product
    powers: dict[Expr, Expr] = {}
    for factor in product.args:
        base, power = factor.as_base_exp() if isinstance(factor, Pow) else (factor, Integer(1))
        if isinstance(base, cosh) and power.is_negative:
            base, power = sech(base.args[0]), -power
        powers[base] = powers.get(base, S.Zero) + power
    changed = False
    for base in list(powers):
        if isinstance(base, exp):  # e^u σ(−u) = σ(u)
            u = base.args[0]
            for k in (1, 2, 3):
                inner = sigmoid(-u / k)
                count = powers.get(inner, S.Zero)
                if count.is_positive and count >= k and powers[base] == 1:
                    powers[inner] -= k
                    twin = sigmoid(u / k)
                    powers[twin] = powers.get(twin, S.Zero) + k
                    powers[base] = S.Zero
                    changed = True
                    break
        elif isinstance(base, sympy.sin) and powers[base] == 1 and powers.get(sympy.cos(base.args[0])) == 1:
            powers[base] = powers[sympy.cos(base.args[0])] = S.Zero
            powers[sympy.sin(2 * base.args[0]) / 2] = S.One
            changed = True
        elif isinstance(base, sinh):
            inner = sech(base.args[0])
            count = powers.get(inner, S.Zero)
            if count.is_positive and powers[base].is_positive:
                common = min(count, powers[base])
                powers[inner] -= common
                powers[base] -= common
                twin = tanh(base.args[0])
                powers[twin] = powers.get(twin, S.Zero) + common
                changed = True
    return Mul(*[Pow(b, p) for b, p in powers.items() if p != 0]) if changed else product
