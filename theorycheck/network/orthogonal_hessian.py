"""The Hessian of the population loss at orthogonal W*, exactly, from one-dimensional moments of φ'.

With the rows of W* along the axes, the entry of H at (j, l), (m, n) is E[g_j(x_j) x_l g_m(x_m) x_n], g_j = v_j φ'(‖w_j‖ ·). Only equal
or exchanged indices give anything, so a direction beyond the span decouples (k numbers), and rows of equal length and abs(v) = 1 leave
the symmetric group S_k acting: diagonal ⊕ symmetric ⊕ antisymmetric parts split into blocks of size 3, 2 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from numbers import Integral
from typing import Any

from flint import arb, ctx
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.alpha_table import ALPHAS
from theorycheck.gaussian.slope_moments import certified_alphas, checked_sigma
from theorycheck.network.eigenvalues import Matrix, extreme_eigenvalues

#: k² equations in balls: beyond this the general block is not a thing of seconds.
MOST_UNITS = 16


@dataclass(frozen=True)
class Block:
    """A block of the Hessian that comes several times.

    Args:
        name: what it acts on.
        matrix: balls, symmetric.
        multiplicity: how often it comes.
    """

    name: str
    matrix: Matrix
    multiplicity: int


def slope_moments(f: Activation | str, sigma: Any, digits: int) -> dict[tuple[int, int], arb]:
    """α_ij = E[φ'(σz)^i z^j] for (i, j) = (1,0), (1,1), (1,2), (2,0), (2,2), as balls.

    Raises:
        InputError: φ jumps, or σ is not positive.

    >>> sorted(slope_moments("relu", 1, 15))
    [(1, 0), (1, 1), (1, 2), (2, 0), (2, 2)]
    """
    slope = smooth_enough(f).derivative()
    return dict(zip(ALPHAS, certified_alphas(slope, [sigma], digits + 4)[0], strict=True))


def smooth_enough(f: Activation | str) -> Activation:
    """The activation, if φ' is a function: InputError where φ jumps."""
    activation = as_activation(f)
    if activation.jumps:
        point, size = activation.jumps[0]
        raise InputError(
            f"{activation.name or activation.text} jumps by {size} at x = {point}, where the loss has no Hessian; "
            "write a continuous activation"
        )
    return activation


def equal_blocks(alpha: dict[tuple[int, int], Any], units: int, dimension: int) -> list[Block]:
    """The blocks for k orthogonal rows of one length and abs(v_j) = 1.

    Args:
        alpha: the moments of `slope_moments` at σ = the length of a row: balls, floats or exact numbers.
        units: k >= 1.
        dimension: d >= k.
    Returns:
        Blocks whose eigenvalues, with multiplicities, are those of the kd × kd Hessian.

    >>> alpha = {(1, 0): 1.0, (1, 1): 0.0, (1, 2): 1.0, (2, 0): 1.0, (2, 2): 1.0}  # φ = z
    >>> [(b.name, len(b.matrix), b.multiplicity) for b in equal_blocks(alpha, 3, 3)]
    [('scaling and mean', 2, 1), ('one row against the others', 3, 2), ('rotations', 1, 1)]
    """
    k = units
    a0, a1, a2, b0, b2 = (alpha[key] for key in ALPHAS)
    one = a0 * 0 + 1
    first, second, square = b0 - a0 * a0 - a1 * a1, b2 - a1 * a1 - a2 * a2, a1 * a1
    blocks = []
    if k == 1:
        blocks.append(Block("along the row", [[b2]], 1))
    else:
        cross = a0 * a2 * _root(one, k - 1)
        trivial = [[second + k * square + a2 * a2, cross], [cross, first + 2 * square + (k - 1) * a0 * a0]]
        blocks.append(Block("scaling and mean", trivial, 1))
        w = [a2, -a0 * _root(one, k) / _root(one, 2)]
        diagonal = [second, first]
        if k > 2:  # for two rows, c_12 + c_21 = 0 here
            w.append(a0 * _root(one, k - 2) / _root(one, 2))
            diagonal.append(first + 2 * square)
        standard = [[p * q + (diagonal[i] if i == j else 0) for j, q in enumerate(w)] for i, p in enumerate(w)]
        blocks.append(Block("one row against the others", standard, k - 1))
    if k > 2:
        blocks.append(Block("rotations", [[first]], comb(k - 1, 2)))
    if k > 3:
        blocks.append(Block("symmetric, without row sums", [[first + 2 * square]], k * (k - 3) // 2))
    if dimension > k:
        if k > 1:
            blocks.append(Block("beyond the span, rows apart", [[b0 - a0 * a0]], (k - 1) * (dimension - k)))
        blocks.append(Block("beyond the span, rows together", [[b0 + (k - 1) * a0 * a0]], dimension - k))
    return blocks


def _root(one: Any, number: int) -> Any:
    """√number in the arithmetic of `one`."""
    return arb(number).sqrt() if isinstance(one, arb) else one * number ** (S.Half if isinstance(one, Expr) else 0.5)


def general_blocks(alphas: Sequence[dict[tuple[int, int], Any]], weights: Sequence[Any], dimension: int) -> list[Block]:
    """The blocks for orthogonal rows of any lengths, with output weights v.

    Args:
        alphas: for each row the moments of `slope_moments` at σ = its length.
        weights: v_j, in the same arithmetic.
        dimension: d >= k.

    >>> alpha = {(1, 0): 1.0, (1, 1): 0.0, (1, 2): 1.0, (2, 0): 1.0, (2, 2): 1.0}
    >>> [(len(b.matrix), b.multiplicity) for b in general_blocks([alpha] * 2, [1.0, -1.0], 3)]
    [(4, 1), (2, 1)]
    """
    k = len(alphas)

    def entry(j: int, p: int, m: int, q: int) -> Any:
        """E[g_j(x_j) x_p g_m(x_m) x_q] over v_j v_m."""
        if j == m:
            return 0 if p != q else alphas[j][2, 2 if p == j else 0]
        if p == q:
            return alphas[j][1, 2 if p == j else 0] * alphas[m][1, 2 if p == m else 0]
        return alphas[j][1, 1] * alphas[m][1, 1] if {p, q} == {j, m} else 0

    def matrix(places: Sequence[tuple[int, int]]) -> Matrix:
        return [[weights[j] * weights[m] * entry(j, p, m, q) for m, q in places] for j, p in places]

    blocks = [Block("within the span", matrix([(j, p) for p in range(k) for j in range(k)]), 1)]
    if dimension > k:
        blocks.append(Block("beyond the span", matrix([(j, k) for j in range(k)]), dimension - k))
    return blocks


def orthogonal_extremes(
    f: Activation | str, norms: Sequence[Any], dimension: int | None = None, weights: Sequence[Any] | None = None, digits: int = 15
) -> tuple[Enclosure, Enclosure]:
    """λ_min and λ_max of E[∇²] of ½ E(Σ v_j φ(w_j·x) − y)² at W = W* with orthogonal rows, x ~ N(0, I).

    Args:
        f: an activation or its text, continuous.
        norms: the lengths of the rows of W*, exact and positive; one for each unit.
        dimension: d >= k; by default k.
        weights: v_j, exact; by default 1.
        digits: the radius is at most about 10^−digits · max(1, λ_max).
    Returns:
        Two enclosures. Strong convexity near W* needs the first to be positive: nothing else about φ is assumed.
    Raises:
        InputError: φ jumps, k > d, norms or weights that are no list, a length that is not positive, or weights of another number.
        DoesNotExist: φ' has no second moments.
    Source: Zhong et al., ICML 2017, the smallest eigenvalue of the expected Hessian; the block structure is worked out here.

    >>> low, high = orthogonal_extremes("gelu", [1, 1, 1])
    >>> low.value, round(float(high), 12)
    ('0.02680155467090487', 1.265175889914)
    """
    norms, weights = listed("norms", norms), None if weights is None else listed("weights", weights)
    k, digits = len(norms), require_digits(digits)
    d = k if dimension is None else dimension
    if not 1 <= k <= MOST_UNITS:
        raise InputError(f"{k} norms were given; write one for each unit, from 1 to {MOST_UNITS} of them")
    if isinstance(d, bool) or not isinstance(d, Integral) or d < k:
        raise InputError(f"dimension = {d!r}: {k} orthogonal rows need a whole dimension of at least {k}; write dimension={k} or more")
    v = [S.One] * k if weights is None else [_weight(c) for c in weights]
    if len(v) != k:
        raise InputError(f"{len(v)} weights for {k} units; write one weight for each norm")
    sigmas = [checked_sigma(s) for s in norms]
    moments = {s: slope_moments(f, s, digits + 3) for s in dict.fromkeys(sigmas)}
    with ctx.workprec(bits_for(2 * digits, 64)):
        if len(moments) == 1 and all(abs(c) == 1 for c in v):
            blocks = equal_blocks(moments[sigmas[0]], k, d)
        else:
            blocks = general_blocks([moments[s] for s in sigmas], [enclose(c) for c in v], d)
        ends = [(b.matrix[0][0],) * 2 if len(b.matrix) == 1 else extreme_eigenvalues(b.matrix, digits) for b in blocks]
        low, high = ends[0]
        for below, above in ends[1:]:
            low, high = low.min(below), high.max(above)
        if any(below.is_zero() for below, _ in ends):  # a Gram matrix has no negative eigenvalue
            low = arb(0)
    return Enclosure(low, digits=digits), Enclosure(high, digits=digits)


def listed(name: str, numbers: Any) -> list[Any]:
    """The numbers of a sequence, or an InputError that names it: text is none, nor is a number alone.

    >>> listed("norms", (1, "1/2"))
    [1, '1/2']
    """
    if not isinstance(numbers, str):
        try:
            return list(numbers)
        except TypeError:
            pass
    raise InputError(f"{name} = {numbers!r} is no list; write one number for each unit, for example [1, 1, 1]")


def _weight(number: Any) -> Rational:
    from theorycheck.gaussian.dual import exact_rational  # a page needs no weights, and this costs 30 ms

    return exact_rational(number, "an output weight")
