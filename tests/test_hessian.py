"""Hessians of one-hidden-layer networks: blocks against whole matrices, certified numbers against finite differences and samples."""

from math import pi

import mpmath
import numpy as np
import pytest
from flint import arb, ctx

from theorycheck.errors import DoesNotExist, InputError, Undecided
from theorycheck.gaussian.moments import alphas
from theorycheck.network.convexity import convexity
from theorycheck.network.eigenvalues import extreme_eigenvalues, positive_definite, smallest_eigenvalue
from theorycheck.network.hessian import empirical_hessian, population_hessian
from theorycheck.network.one_hidden_layer import forward, squared_loss
from theorycheck.network.orthogonal_hessian import equal_blocks, general_blocks, orthogonal_extremes
from theorycheck.page import verify


def balls(matrix):
    return [[arb(float(entry)) for entry in row] for row in matrix]


def spectrum(blocks):
    found = [list(np.linalg.eigvalsh(np.array(b.matrix, dtype=float))) * b.multiplicity for b in blocks]
    return np.sort(np.concatenate(found))


def whole(f, norms, weights, d):
    """E[g_j g_m x_p x_q] with W* along the axes, entry by entry from one-dimensional moments."""
    k, a = len(norms), [alphas(f, s) for s in norms]
    matrix = np.zeros((k, d, k, d))
    for j, p, m, q in np.ndindex(k, d, k, d):
        if j == m:
            value = a[j][2, 2 * (p == j)] if p == q else 0
        elif p == q or {p, q} == {j, m}:
            value = a[j][1, (p, q).count(j)] * a[m][1, (p, q).count(m)]
        else:
            value = 0
        matrix[j, p, m, q] = weights[j] * weights[m] * value
    return matrix.reshape(k * d, k * d)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_extreme_eigenvalues_against_numpy(size):
    a = np.random.default_rng(size).standard_normal((size, size))
    a = a + a.T
    low, high = extreme_eigenvalues(balls(a), 12)
    expected = np.linalg.eigvalsh(a)
    assert abs(float(low) - expected[0]) < 1e-11
    assert abs(float(high) - expected[-1]) < 1e-11


def test_the_smallest_eigenvalue_to_forty_digits_and_when_it_is_multiple():
    with ctx.workprec(300), mpmath.workdps(60):
        hilbert = [[arb(1) / (i + j + 1) for j in range(4)] for i in range(4)]
        least = mpmath.eigsy(mpmath.hilbert(4), eigvals_only=True)[0]
        ball = smallest_eigenvalue(hilbert, 40)
        assert ball.overlaps(arb(mpmath.nstr(least, 50)))
        assert ball.rad() < arb("1e-39")
        identity = smallest_eigenvalue(balls(np.eye(3)), 40)
        assert identity.contains(1)


def test_vague_matrices_are_undecided():
    vague = [[arb(1, 0.5), arb(0)], [arb(0), arb(0, 1)]]
    assert positive_definite(vague) is None
    with pytest.raises(Undecided, match="too vague for 10 digits"):
        smallest_eigenvalue(vague, 10)
    with pytest.raises(Undecided, match="not known"):
        smallest_eigenvalue([[arb("nan")]], 10)


@pytest.mark.parametrize("f", ["gelu", "squared_relu", "tanh"])
@pytest.mark.parametrize(("k", "d"), [(1, 1), (1, 3), (2, 2), (2, 3), (3, 3), (4, 4), (5, 7)])
def test_blocks_have_the_spectrum_of_the_whole_matrix(f, k, d):
    expected = np.linalg.eigvalsh(whole(f, [1] * k, [1] * k, d))
    alpha = alphas(f, 1)
    assert spectrum(equal_blocks(alpha, k, d)) == pytest.approx(expected, abs=1e-11)
    assert spectrum(general_blocks([alpha] * k, [1.0] * k, d)) == pytest.approx(expected, abs=1e-11)


# λ_min at W* = I, v = 1, k = d: closed forms, and eigenvalues of the whole kd × kd matrix of moments.
@pytest.mark.parametrize(
    ("f", "k", "expected"),
    [
        ("relu", 2, 0.0908450569), ("relu", 8, 0.0908450569), ("squared_relu", 2, 3 - (4 + 16 / pi**2) ** 0.5),
        ("squared_relu", 5, 1 - 2 / pi),
        ("tanh", 2, 0.0552494557), ("tanh", 8, 0.0502524866), ("erf_integral", 3, 0.0553929072), ("sigmoid", 2, 0.00265443464),
        ("sigmoid", 3, 0.00214401853), ("x", 1, 1.0),
    ],
)  # fmt: skip
def test_smallest_eigenvalues_at_the_identity(f, k, expected):
    assert float(orthogonal_extremes(f, [1] * k)[0]) == pytest.approx(expected, rel=5e-8)


@pytest.mark.parametrize("f", ["x", "x**2", "3"])
def test_flat_directions_are_exactly_flat(f):
    assert orthogonal_extremes(f, [1, 1, 1])[0].ball.is_zero()


def test_unequal_lengths_against_the_whole_matrix_and_the_general_formula():
    weights = [1, -1, 2]
    low, high = orthogonal_extremes("tanh", [1, 2, "1/2"], 4, weights, 20)
    expected = np.linalg.eigvalsh(whole("tanh", [1, 2, 0.5], weights, 4))[[0, -1]]
    assert [float(low), float(high)] == pytest.approx(expected, rel=1e-10)
    rows = [["3/5", "4/5", 0, 0], ["-8/5", "6/5", 0, 0], [0, 0, 0, "1/2"]]
    again = extreme_eigenvalues(population_hessian("tanh", rows, weights, digits=14), 12)
    assert [bool(a.overlaps(b.ball)) for a, b in zip(again, (low, high), strict=True)] == [True, True]
    assert float(low.radius) < 1e-19


def test_the_signs_of_the_weights_do_not_matter():
    assert float(orthogonal_extremes("gelu", [1, 1, 1], 4, [1, -1, 1])[1]) == float(orthogonal_extremes("gelu", [1, 1, 1], 4)[1])


def test_the_empirical_hessian_against_differences_of_the_gradient():
    rng = np.random.default_rng(0)
    x, w, v = rng.standard_normal((50, 3)), rng.standard_normal((2, 3)), np.array([1.0, -0.5])
    y = rng.standard_normal(50)
    h = 1e-5

    def gradient(at):
        return squared_loss("tanh", at.reshape(2, 3), v, x, y).rows.ravel() / 2

    steps = h * np.eye(6)
    differences = [(gradient(w.ravel() + s) - gradient(w.ravel() - s)) / (2 * h) for s in steps]
    assert empirical_hessian("tanh", x, w, v, y) == pytest.approx(np.array(differences), abs=1e-9)
    assert empirical_hessian("tanh", x, w, v) == pytest.approx(empirical_hessian("tanh", x, w, v, forward("tanh", w, v, x)), abs=1e-14)


def test_samples_in_several_chunks_add_up():
    rng = np.random.default_rng(1)
    x, w = rng.standard_normal((9000, 2)), np.eye(2)
    halves = (empirical_hessian("gelu", x[:4500], w) + empirical_hessian("gelu", x[4500:], w)) / 2
    assert empirical_hessian("gelu", x, w) == pytest.approx(halves, abs=1e-13)


@pytest.mark.parametrize("f", ["relu", "gelu", "hard_tanh"])
def test_the_population_hessian_against_samples_and_balls(f):
    rng = np.random.default_rng(2)
    w, v = np.array([[1.0, 0.5, 0.0], [-0.25, 1.0, 0.5]]), [1.0, -2.0]
    floats = population_hessian(f, w, v)
    sampled = empirical_hessian(f, rng.standard_normal((200_000, 3)), w, v)
    assert floats == pytest.approx(sampled, abs=0.06)
    certified = population_hessian(f, w, v, digits=10)
    assert floats == pytest.approx(np.array([[float(e) for e in row] for row in certified]), abs=1e-11)
    assert max(float(e.rad()) for row in certified for e in row) < 1e-9


def test_parallel_rows():
    # φ = z²: E[4 s t x xᵀ] = 4 (⟨w, u⟩ I + w uᵀ + u wᵀ) by Isserlis, also when u = 2w
    w, u = np.array([1.0, 0.5]), np.array([2.0, 1.0])
    found = population_hessian("x**2", [w, u])
    expected = 4 * (w @ u * np.eye(2) + np.outer(w, u) + np.outer(u, w))
    assert found[:2, 2:] == pytest.approx(expected, abs=1e-11)
    assert found[:2, :2] == pytest.approx(4 * (w @ w * np.eye(2) + 2 * np.outer(w, w)), abs=1e-11)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: orthogonal_extremes("relu", [1, 1], 1), "dimension = 1: 2 orthogonal rows need .* at least 2; write dimension=2"),
        (lambda: orthogonal_extremes("relu", [1, 1], 2.5), "dimension = 2.5"),
        (lambda: orthogonal_extremes("relu", 3), r"norms = 3 is no list; write one number for each unit, for example \[1, 1, 1\]"),
        (lambda: orthogonal_extremes("relu", "11"), "norms = '11' is no list"),
        (lambda: orthogonal_extremes("relu", [1], weights=3), "weights = 3 is no list"),
        (lambda: orthogonal_extremes("relu", [1], weights=[1j]), "1j is not an output weight"),
        (lambda: population_hessian("relu", [[1, 0]], 3), "weights = 3 is no list"),
        (lambda: empirical_hessian("relu", [[1.0, 1j]], np.eye(2)), "x has complex entries"),
        (lambda: orthogonal_extremes("relu", []), "0 norms were given"),
        (lambda: orthogonal_extremes("relu", [1] * 17), "17 norms were given"),
        (lambda: orthogonal_extremes("relu", [1, -1]), "sigma = -1"),
        (lambda: orthogonal_extremes("relu", [1, float("nan")]), "nan"),
        (lambda: orthogonal_extremes("relu", [1, 1], weights=[1]), "1 weights for 2 units"),
        (lambda: orthogonal_extremes("relu", [1, 1], weights=[1, float("inf")]), "inf is not an output weight"),
        (lambda: orthogonal_extremes("step(x)", [1]), "step.* jumps by 1 at x = 0, where the loss has no Hessian"),
        (lambda: population_hessian("relu", [[1, 0], [0, 0]]), "row 1 of W is zero"),
        (lambda: population_hessian("relu", [[1, float("nan")]]), "nan is not a finite number"),
        (lambda: population_hessian("relu", [[1, 0], [0]]), "W is not a matrix"),
        (lambda: population_hessian("relu", [1, 0]), "W is not a matrix"),
        (lambda: population_hessian("relu", [[1, 0]], [1, 1]), "2 weights for 1 rows of W"),
        (lambda: empirical_hessian("relu", [[1.0, np.nan]], np.eye(2)), "x"),
        (lambda: empirical_hessian("relu", [[1.0, 2.0]], np.eye(3)), "x has 2 columns; write 3"),
        (lambda: empirical_hessian("relu", [[1.0, 2.0]], np.eye(2), y=[1.0, 2.0]), r"y has shape \(2,\); write 1 numbers"),
        (lambda: empirical_hessian("relu", [[1.0, 2.0]], np.eye(2), [1.0]), r"weights has shape \(1,\); write 2 numbers"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_moments_that_do_not_exist():
    with pytest.raises(DoesNotExist):
        orthogonal_extremes("exp(x**2)", [1, 1])


@pytest.mark.parametrize(
    ("f", "bound", "convex", "grade", "value"),
    [
        ("relu", True, True, "proved", "0.0908450569"),
        ("gelu", True, True, "proved", "0.0268015546"),  # s' takes both signs
        ("silu", True, True, "certified", "0.0063898258"),
        ("tanh", True, True, "certified", "0.0525764571"),  # T2 < T1: an eigenvalue of a 3 × 3 block
        ("abs", False, True, "certified", "0.3633802276"),  # ρ < 0 and yet convex
        ("x", False, False, "proved", None),
        ("x**2", False, False, "proved", None),
        ("step(x)", False, False, "proved", None),
        ("exp(x**2)", False, False, "proved", None),
    ],
)
def test_convexity_at_orthonormal_rows(f, bound, convex, grade, value):
    found = convexity(f)
    assert found["rho(1) > 0"].holds is bound
    verdict = found["strongly convex at W*"]
    assert (verdict.holds, verdict.grade) == (convex, grade)
    if value:
        assert verdict.value["value"].startswith(value)
    else:
        assert verdict.witness


# hessian-lower-bound, hessian-lower-bound-sharp, local-strong-convexity, linear-convergence
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        ("gelu", (True, True, False, False)),
        ("relu", (True, True, True, False)),
        ("squared_relu", (True, True, True, True)),
        ("quadratic", (False, False, False, False)),
    ],
)
def test_guarantees_on_the_page(f, expected):
    page = verify(f, digits=8)
    rows = {row["claim"].removeprefix("recovery/"): row for row in page.to_json()["guarantees"]}
    names = ("hessian-lower-bound", "hessian-lower-bound-sharp", "local-strong-convexity", "linear-convergence")
    assert tuple(rows[name]["holds"] for name in names) == expected
    if f == "gelu":
        assert "P1 fails" in rows["local-strong-convexity"]["reason"]
        assert "λ_min = 0.0268016 for W* = I" in rows["hessian-lower-bound-sharp"]["reason"]
    if f == "relu":
        assert "P3a fails" in rows["linear-convergence"]["reason"]
