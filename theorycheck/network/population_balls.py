"""The population loss of ReLU-like networks with gradient and Hessian in ball arithmetic, and zeros of gradients by interval Newton."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb, arb_mat, fmpq

from theorycheck.errors import InputError, Undecided

#: How many times `isolated_zero` may widen its box.
_ATTEMPTS = 30
#: Newton steps before the test.
_POLISHING = 3


def homogeneous_balls(
    slopes: tuple[Fraction | int, Fraction | int], rows: arb_mat, weights: Sequence[Fraction | int], teacher: arb_mat
) -> tuple[arb, arb_mat, arb_mat]:
    """E (Σ s(b*_j·x) − Σ a_i s(b_i·x))² with its gradient and Hessian in the rows b_i, for s linear on each side of 0, x ~ N(0, I).

    Args:
        slopes: of s on the left and on the right of 0: (0, 1) for ReLU.
        rows: B, shape (m, d): balls; no two rows parallel to each other or to a row of the teacher.
        weights: a, exact, m of them.
        teacher: B*, shape (k, d); its weights are 1.

    Returns:
        The loss, the gradient of shape (m, d), the Hessian of shape (m·d, m·d), rows of B one after another.

    Raises:
        InputError: shapes that do not fit.
        Undecided: two rows may be parallel, where the loss has no Hessian; or the balls are too wide.

    Source: two derivatives of the dual kernel p²⟨u,v⟩ + q²(2/π)(S + ⟨u,v⟩φ), S² = ‖u‖²‖v‖² − ⟨u,v⟩², φ = arcsin of the correlation.

    >>> loss, gradient, hessian = homogeneous_balls((0, 1), arb_mat([[0, 1], [-1, 1]]), [1, 1], arb_mat([[1, 0]]))
    >>> loss.str(6, radius=False), gradient[0, 0].str(6, radius=False), hessian[0, 0].str(6, radius=False)
    ('2.68169', '-1.25000', '1.00000')
    """
    m, d, k = rows.nrows(), rows.ncols(), teacher.nrows()
    if teacher.ncols() != d or len(weights) != m:
        raise InputError(f"{m} rows in dimension {d}, {len(weights)} weights, a teacher in dimension {teacher.ncols()}; make them fit")
    left, right = (arb(fmpq(Fraction(s).numerator, Fraction(s).denominator)) for s in slopes)
    a = [arb(fmpq(Fraction(w).numerator, Fraction(w).denominator)) for w in weights]
    linear, even = ((right + left) / 2) ** 2, ((right - left) / 2) ** 2
    students = [arb_mat(d, 1, [rows[i, c] for c in range(d)]) for i in range(m)]
    teachers = [arb_mat(d, 1, [teacher[j, c] for c in range(d)]) for j in range(k)]
    one = arb_mat(d, d, [arb(i == j) for i in range(d) for j in range(d)])
    loss = sum((_kernel(linear, even, t, s) for t in teachers for s in teachers), arb(0))
    gradient, hessian = arb_mat(m, d), arb_mat(m * d, m * d)
    for i, u in enumerate(students):
        length = linear + even
        loss += a[i] ** 2 * length * _dot(u, u)
        slope, own = u * (a[i] * length), one * (a[i] * length)
        others = [(v, a[j], j) for j, v in enumerate(students) if j != i] + [(t, arb(-1), -1) for t in teachers]
        for v, weight, j in others:
            value, first, second, cross = _pair(linear, even, u, v, one)
            loss += a[i] * weight * value * (1 if j >= 0 else 2)
            slope += first * weight
            own += second * weight
            if j >= 0:
                _place(hessian, i * d, j * d, cross * (2 * a[i] * weight))
        _place(hessian, i * d, i * d, own * (2 * a[i]))
        for c in range(d):
            gradient[i, c] = 2 * a[i] * slope[c, 0]
    return loss, gradient, hessian


def isolated_zero(function: Callable[[arb_mat], tuple[arb_mat, arb_mat]], near: Sequence[float], radius: float = 1e-12) -> arb_mat:
    """A box that contains exactly one zero of a function of several variables, by Krawczyk's test.

    Args:
        function: takes a column of n balls to the values (n, 1) and the Jacobian (n, n), as balls.
        near: an approximate zero.
        radius: of the first box; it is widened while the test fails.

    Returns:
        A column of n balls with exactly one zero inside.

    Raises:
        Undecided: no box passes the test.

    Source: Rump, Verification methods, Acta Numerica 19 (2010), Theorem 13.2.

    >>> box = isolated_zero(lambda x: (arb_mat([[x[0, 0] ** 2 - 2]]), arb_mat([[2 * x[0, 0]]])), [1.4142])
    >>> (box[0, 0] ** 2).contains(2), box[0, 0].rad() < 1e-6
    (True, True)
    """
    n = len(near)
    middle = arb_mat(n, 1, [arb(x) for x in near])
    for _ in range(_POLISHING):
        values, slope = function(middle)
        middle = (middle - slope.mid().inv() * values).mid()
    values, slope = function(middle)
    inverse = slope.mid().inv().mid()
    one = arb_mat(n, n, [arb(i == j) for i in range(n) for j in range(n)])
    for _ in range(_ATTEMPTS):
        spread = arb_mat(n, 1, [arb(0, radius)] * n)
        box = middle + spread
        image = middle - inverse * values + (one - inverse * function(box)[1]) * spread
        if all(box[i, 0].contains_interior(image[i, 0]) for i in range(n)):
            return image
        radius *= 4
    raise Undecided(f"Krawczyk's test passes in no box up to the radius {radius:.2g}; start nearer to the zero or raise the precision")


def _pair(linear: arb, even: arb, u: arb_mat, v: arb_mat, one: arb_mat) -> tuple[arb, arb_mat, arb_mat, arb_mat]:
    """The kernel of u and v, its gradient in u, its Hessian in u, and the mixed one."""
    uu, vv, uv = _dot(u, u), _dot(v, v), _dot(u, v)
    area = (uu * vv - uv * uv).sqrt()
    if not area > 0:
        raise Undecided("two rows may be parallel, where the loss has no Hessian; use narrower balls, or rows that are not parallel")
    angle = (uv / (uu * vv).sqrt()).asin()
    scale = 2 * even / arb.pi()
    value = linear * uv + scale * (area + uv * angle)
    along = linear + scale * angle
    first = v * along + u * (scale * area / uu)
    second = v * ((v - u * (uv / uu)) * (scale / area)).transpose()
    second += one * (scale * area / uu)
    second += u * ((u * vv - v * uv) * (scale / (area * uu)) - u * (2 * scale * area / (uu * uu))).transpose()
    cross = one * along + v * ((u - v * (uv / vv)) * (scale / area)).transpose()
    cross += u * ((v * uu - u * uv) * (scale / (area * uu))).transpose()
    return value, first, second, cross


def _kernel(linear: arb, even: arb, u: arb_mat, v: arb_mat) -> arb:
    uu, vv, uv = _dot(u, u), _dot(v, v), _dot(u, v)
    if u is v:
        return (linear + even) * uu
    rest = uu * vv - uv * uv
    return linear * uv + 2 * even / arb.pi() * (rest.max(0).sqrt() + uv * (uv / (uu * vv).sqrt()).asin())


def _dot(u: arb_mat, v: arb_mat) -> arb:
    return (u.transpose() * v)[0, 0]


def _place(matrix: arb_mat, row: int, column: int, block: arb_mat) -> None:
    for i in range(block.nrows()):
        for j in range(block.ncols()):
            matrix[row + i, column + j] = block[i, j]
