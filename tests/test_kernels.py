"""Kernel matrices against mpmath, the Gaussian room's dual activations, and sampled gates; bad input."""

import mpmath
import numpy as np
import pytest

from theorycheck import dual_activation
from theorycheck.errors import InputError
from theorycheck.sphere.kernels import KERNELS, angle_matrix, arc_cosine_kernel, gradient_gram, kernel_matrices


def sphere(rng, count, dimension):
    x = rng.standard_normal((count, dimension))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def reference(u, v):
    """The four kernels at one pair, at 50 digits, from the chord."""
    with mpmath.workdps(50):
        a, b = ([mpmath.mpf(float(c)) for c in w] for w in (u, v))
        lengths = [mpmath.sqrt(mpmath.fsum(c * c for c in w)) for w in (a, b)]
        apart = [p / lengths[0] - q / lengths[1] for p, q in zip(a, b, strict=True)]
        together = [p / lengths[0] + q / lengths[1] for p, q in zip(a, b, strict=True)]
        angle = 2 * mpmath.atan2(*(mpmath.sqrt(mpmath.fsum(c * c for c in w)) for w in (apart, together)))
        gate = (mpmath.pi - angle) / (2 * mpmath.pi)
        gradient = mpmath.cos(angle) * gate
        arch = mpmath.sin(angle) / (2 * mpmath.pi) + gradient
        return angle, dict(zip(KERNELS, (gate, arch, gradient, gradient + arch), strict=True))


def test_matrices_against_mpmath_across_tiles():
    rng = np.random.default_rng(1)
    x = sphere(rng, 300, 7)
    found = dict(zip(KERNELS, kernel_matrices(x, kernels=KERNELS), strict=True))
    for i, j in ((0, 1), (5, 290), (290, 5), (150, 299), (127, 128)):
        _, exact = reference(x[i], x[j])
        for name in KERNELS:
            assert abs(found[name][i, j] - float(exact[name])) < 4e-16
    for matrix in found.values():
        assert (matrix == matrix.T).all()


@pytest.mark.parametrize("gap", [1e-12, 1e-9, 3e-8, 1e-4, 1.4e-3, 1.5e-3, 0.1])
def test_small_angles_and_nearly_opposite_points(gap):
    rng = np.random.default_rng(2)
    u = sphere(rng, 40, 30)
    v = u + gap * sphere(rng, 40, 30)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    near, far = angle_matrix(u, v), np.pi - angle_matrix(u, -v)
    gate, opposite = kernel_matrices(u, v, kernels=("degree 0",))[0], kernel_matrices(u, -v, kernels=("degree 0",))[0]
    for i in range(40):
        angle, exact = reference(u[i], v[i])
        assert abs(near[i, i] / float(angle) - 1) < 1e-7
        assert abs(far[i, i] - float(angle)) < 1e-9 * float(angle) + 1e-15
        assert abs(gate[i, i] - float(exact["degree 0"])) < 1e-9 * gap + 2e-16
        assert abs(opposite[i, i] / (float(angle) / (2 * np.pi)) - 1) < 1e-7  # near π the value is the small angle itself


def test_the_diagonal_equal_and_opposite_points_are_exact():
    x = sphere(np.random.default_rng(3), 250, 11)
    x[200], x[201] = x[3], -x[3]
    values = dict(zip(KERNELS, kernel_matrices(x, kernels=KERNELS), strict=True))
    for name, exact in zip(KERNELS, (0.5, 0.5, 0.5, 1.0), strict=True):
        assert set(np.diag(values[name])) == {exact}
        assert values[name][3, 200] == values[name][200, 3] == exact
        assert values[name][3, 201] == values[name][201, 200] == 0


def test_out_is_filled_and_a_rectangle_agrees_with_the_square():
    x = sphere(np.random.default_rng(4), 270, 5)
    out = [np.full((270, 270), np.nan) for _ in range(3)]
    assert all(a is b for a, b in zip(kernel_matrices(x, out=out), out, strict=True))
    for square, rectangle in zip(out, kernel_matrices(x[:200], x[150:]), strict=True):
        assert np.abs(square[:200, 150:] - rectangle).max() < 1e-15


def test_every_degree_against_the_dual_activation():
    for degree in range(6):
        text = "step(x)" if degree == 0 else f"max(x, 0)**{degree}"
        for r, t in (("-9/10", -0.9), ("-1/2", -0.5), ("0", 0.0), ("3/10", 0.3), ("1", 1.0)):
            value = float(arc_cosine_kernel(t, degree))
            top = float(mpmath.fac2(2 * degree - 1)) / 2 if degree else 0.5
            assert abs(value - float(dual_activation(text, r))) < 1e-15 * top * 8


def test_the_slope_of_each_degree_is_the_one_below():
    t = np.linspace(-0.9, 0.9, 19)
    for n in range(1, 7):
        slope = (arc_cosine_kernel(t + 1e-5, n) - arc_cosine_kernel(t - 1e-5, n)) / 2e-5
        assert np.abs(slope / (n * n * arc_cosine_kernel(t, n - 1)) - 1).max() < 1e-6


def test_the_gradient_gram_is_the_mean_of_the_features():
    rng = np.random.default_rng(5)
    x, w = sphere(rng, 30, 6), rng.standard_normal((200_000, 6))
    gates = (w @ x.T > 0).astype(float)
    sampled = gates.T @ gates / len(w) * (x @ x.T)
    assert np.abs(sampled - gradient_gram(x)).max() < 0.01
    assert np.linalg.eigvalsh(gradient_gram(x))[0] > 0


def test_opposite_points_make_g_singular_only_when_dependent():
    axes = np.eye(3)
    assert np.linalg.eigvalsh(gradient_gram(np.vstack([axes, -axes])))[0] > 0.05
    diagonal = np.ones((1, 3)) / np.sqrt(3)
    assert abs(np.linalg.eigvalsh(gradient_gram(np.vstack([axes, diagonal, -axes, -diagonal])))[0]) < 1e-15


def test_normalize_does_not_overflow():
    x = np.array([[3e200, 4e200], [3e-200, 4e-200], [1.0, 0.0]])
    tangent = kernel_matrices(x, kernels=("tangent",), normalize=True)[0]
    assert tangent[0, 1] == 1 and abs(tangent[0, 2] - float(reference(x[0] / 5e200, x[2])[1]["tangent"])) < 1e-15


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: kernel_matrices([[1.0, 0.0], [1.5, 0.0]]), r"x\[1\] has length 1.5, off the unit sphere by 0.5; .*normalize=True"),
        (lambda: kernel_matrices([[1.0, 0.0]], [[0.9, 0.0]]), r"y\[0\] has length 0.9, off the unit sphere by 0.1"),
        (lambda: kernel_matrices([[0.0, 0.0]], normalize=True), r"x\[0\] is the origin"),
        (lambda: kernel_matrices([[float("nan"), 0.0]]), r"x\[0\] has an entry that is not finite"),
        (lambda: kernel_matrices([1.0, 0.0]), r"x has shape \(2,\); write points as rows"),
        (lambda: kernel_matrices(np.zeros((0, 3))), r"x has shape \(0, 3\)"),
        (lambda: kernel_matrices([["a"]]), "x is no array of numbers"),
        (lambda: kernel_matrices([[1.0]], [[1.0, 0.0]]), "x has points of dimension 1 and y of dimension 2"),
        (lambda: kernel_matrices([[1.0]], kernels=("ntk",)), r"kernels=\('ntk',\); write some of 'degree 0', 'degree 1'"),
        (lambda: kernel_matrices([[1.0]], out=[np.empty((1, 1))]), "out has 1 arrays for 3 kernels"),
        (
            lambda: kernel_matrices([[1.0]], kernels=("degree 0",), out=[np.empty((1, 1), np.float32)]),
            r"out holds shape \(1, 1\), float32; write writeable float64 arrays of shape \(1, 1\)",
        ),
        (lambda: gradient_gram([[1.0, 0.0], [0.0, 1.0], [1.0, -0.0]]), r"x\[2\] and x\[0\] are the same point, so G is singular"),
        (lambda: arc_cosine_kernel([0.5, 1.1], 1), r"the correlation 1\.1\d* is outside \[−1, 1\]"),
        (lambda: arc_cosine_kernel(float("nan"), 1), "the correlation nan is outside"),
        (lambda: arc_cosine_kernel(0.5, -1), "degree of an arc-cosine kernel is -1; write an integer >= 0"),
        (lambda: arc_cosine_kernel(0.5, True), "degree of an arc-cosine kernel is True"),
    ],
)
def test_bad_input_says_what_to_write(call, said):
    with pytest.raises(InputError, match=said):
        call()
