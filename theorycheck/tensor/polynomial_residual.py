"""Labels minus their best polynomial of low degree: the same higher moments from far fewer samples.

He_3 and He_4 are orthogonal to polynomials of degree at most 2, so what such a polynomial explains adds nothing to M_3 and M_4 but
noise. The fit is by least squares on the same samples, which changes a moment by O(1/n) in the mean.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.tensor.moments import require_finite, samples

#: Samples for each coefficient that the fit needs: with fewer it also removes a good part of what is wanted.
SAMPLES_PER_COEFFICIENT = 4


def polynomial_residual(inputs: Any, labels: Any, degree: int = 2) -> np.ndarray:
    """The labels minus their least-squares polynomial in x.

    Args:
        inputs: shape (n, d).
        labels: shape (n,).
        degree: 0, 1 or 2.

    Returns:
        The residual, shape (n,).

    Raises:
        InputError: wrong shapes, numbers that are not finite or overflow, another degree, or too few samples for the fit.

    >>> x = np.random.default_rng(0).standard_normal((200, 2))
    >>> y = 1 + x[:, 0] - 3*x[:, 0]*x[:, 1] + x[:, 1]**2
    >>> bool(np.abs(polynomial_residual(x, y)).max() < 1e-6)
    True
    """
    x, y = samples(inputs, labels)
    require_finite(x, y)
    if isinstance(degree, bool) or not isinstance(degree, Integral) or degree not in (0, 1, 2):
        raise InputError(f"degree={degree!r}; write 0, 1 or 2")
    count, d = x.shape
    size = (1, 1 + d, 1 + d + d * (d + 1) // 2)[degree]
    if count < SAMPLES_PER_COEFFICIENT * size:
        raise InputError(
            f"a polynomial of degree {degree} in {d} variables has {size} coefficients and there are {count} samples; "
            f"{SAMPLES_PER_COEFFICIENT * size} would be enough, or choose a lower degree"
        )
    if degree == 0:
        return y - y.mean()
    with np.errstate(over="ignore", invalid="ignore"):
        residual = y - _evaluate(x, _fitted(x, y, degree), degree)
    if not np.isfinite(residual).all():
        raise InputError("the fit overflows; divide the inputs or the labels by their size")
    return residual


def _fitted(x: np.ndarray, y: np.ndarray, degree: int) -> np.ndarray:
    """The coefficients by LSQR: for Gaussian inputs the columns are nearly orthogonal, so a few products with x are enough."""
    from scipy.sparse.linalg import LinearOperator, lsqr

    d = x.shape[1]
    size = 1 + d if degree == 1 else 1 + d + d * d
    operator = LinearOperator(
        (len(y), size),
        matvec=lambda c: _evaluate(x, c.ravel(), degree),
        rmatvec=lambda r: _correlate(x, r.ravel(), degree),
        dtype=float,
    )
    found: np.ndarray = lsqr(operator, y, atol=1e-9, btol=1e-9, iter_lim=50)[0]
    return found


def _evaluate(x: np.ndarray, coefficients: np.ndarray, degree: int) -> np.ndarray:
    """c + ⟨b, x⟩ + (xᵀ A x − tr A)/√2, whose terms are orthonormal for Gaussian x; A as a full matrix."""
    d = x.shape[1]
    value: np.ndarray = coefficients[0] + x @ coefficients[1 : d + 1]
    if degree == 2:
        a = coefficients[d + 1 :].reshape(d, d)
        value = value + (np.einsum("nd,nd->n", x @ a, x) - np.trace(a)) / np.sqrt(2)
    return value


def _correlate(x: np.ndarray, residual: np.ndarray, degree: int) -> np.ndarray:
    """The transpose of `_evaluate`."""
    parts = [np.array([residual.sum()]), residual @ x]
    if degree == 2:
        square = (x * residual[:, None]).T @ x - residual.sum() * np.eye(x.shape[1])
        parts.append(square.ravel() / np.sqrt(2))
    return np.concatenate(parts)
