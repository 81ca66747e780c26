"""Weights with more or less discrepancy, and the Gram matrices of points of the sphere that belong to them."""

from __future__ import annotations

from typing import Any


def weights(rng: Any, family: str, count: int, dimension: int) -> Any:
    """Unit weights: uniform, in antipodal pairs, in a half-space, or in clusters.

    Args:
        family: "uniform", "antipodal", "hemisphere", or "c clusters", each around one of c uniform points.
    """
    import numpy as np

    from theorycheck.sphere.sampling import uniform_points

    if family == "antipodal":
        half = uniform_points(rng, count // 2, dimension)
        return np.vstack([half, -half])
    if family == "hemisphere":
        w = uniform_points(rng, count, dimension)
        w[:, 0] = np.abs(w[:, 0])
        return w
    if family == "uniform":
        return uniform_points(rng, count, dimension)
    centres = uniform_points(rng, int(family.split()[0]), dimension)
    w = centres[rng.integers(0, len(centres), count)] + 0.3 * uniform_points(rng, count, dimension)
    return w / np.linalg.norm(w, axis=1, keepdims=True)


def gram_pair(w: Any, x: Any) -> tuple[Any, Any]:
    """G and G_n = DᵀD/n for output weights ±1."""
    from theorycheck.sphere.kernels import gradient_gram

    gates = (x @ w.T > 0).astype(float)
    return gradient_gram(x, normalize=True), (gates @ gates.T) * (x @ x.T) / len(w)
