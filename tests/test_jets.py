"""Total derivatives against SymPy's derivative with the functions put in."""

import pytest
import sympy

from theorycheck.claims.jets import total_derivative
from theorycheck.errors import InputError

x = sympy.Symbol("x", real=True)
S = sympy.symbols("s0:3", real=True)
H = sympy.symbols("h0:2", real=True)


@pytest.mark.parametrize("expr", [S[0] ** 2 * sympy.exp(-(x**2)), x * S[0] * S[1] + S[1] ** 3, S[0] * H[0] / (1 + x**2), sympy.S(7)])
def test_agrees_with_functions_put_in(expr):
    s, h = sympy.sin(3 * x) + x**2, sympy.exp(x) * x
    values = {symbol: sympy.diff(f, x, n) for jet, f in ((S, s), (H, h)) for n, symbol in enumerate(jet)}
    stated = total_derivative(expr, x, S, H).subs(values)
    assert sympy.simplify(stated - sympy.diff(expr.subs(values), x)) == 0


def test_a_derivative_without_a_name_is_refused():
    with pytest.raises(InputError, match="s2 occurs in .* a longer jet"):
        total_derivative(S[2] * x, x, S)
