"""What reviewers found in the rooms sphere, tensor, network and training, each kept as a test: bad input, and numbers far from 1."""

import gzip
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from theorycheck import dual_activation, hermite_coefficients
from theorycheck.errors import InputError
from theorycheck.network.eigenvalues import extreme_eigenvalues, positive_definite, smallest_eigenvalue
from theorycheck.network.gate_angles import direction
from theorycheck.network.gated import gated_outputs, random_gates, starting_weights
from theorycheck.network.hessian import population_hessian
from theorycheck.network.images import cifar10, mnist, read_idx
from theorycheck.network.landscape_minima import occupations, overlap_objective, vertex_overlaps
from theorycheck.network.landscape_objective import landscape_objective, landscape_objective_of_tensor, match_rows
from theorycheck.network.network_tensor import network_tensor
from theorycheck.network.one_hidden_layer import forward
from theorycheck.network.orthogonal_hessian import orthogonal_extremes
from theorycheck.network.residual import Linearisation, linearisation, residual_loss, residual_outputs, unvec, vec
from theorycheck.network.residual_population import gate_mismatch, gated_second_moment, population_step
from theorycheck.network.rows import unit_rows
from theorycheck.network.semi_random import gate_values
from theorycheck.network.truncation import spectrum
from theorycheck.network.whitening import rows_from_whitened
from theorycheck.properties.chaos import edge_of_chaos
from theorycheck.properties.correlation_map import correlation_fixed_point
from theorycheck.properties.criticality import critical_points
from theorycheck.properties.landmarks import landmarks
from theorycheck.properties.signal import signal
from theorycheck.sphere.discrepancy import deviation, largest_deviation, mean_square_share, slice_share
from theorycheck.sphere.funk_hecke import funk_hecke
from theorycheck.sphere.harmonics import multiplicity, parity_multiplicity, zonal_polynomials
from theorycheck.sphere.kernels import angle_matrix, arc_cosine_kernel, gradient_gram, kernel_matrices
from theorycheck.sphere.sampling import normalised, require_on_sphere, uniform_points
from theorycheck.sphere.spectrum import gradient_eigenvalue
from theorycheck.tensor.decomposition import symmetric_cp
from theorycheck.tensor.moment_constants import moment_constants, population_moment
from theorycheck.tensor.moments import hermite_moment, projected_moment
from theorycheck.tensor.polynomial_residual import polynomial_residual
from theorycheck.tensor.significance import significance
from theorycheck.tensor.subspace import Subspace, leading_subspace, subspace_of_tensor
from theorycheck.training.alternating_minimization import alternating_minimization, solve_step
from theorycheck.training.cells import cell_bound, cells_of, spanning_order
from theorycheck.training.conjugate_gradient import conjugate_gradient
from theorycheck.training.early_stopping import adam
from theorycheck.training.exact_erm import exact_erm, exact_nnls
from theorycheck.training.gradient_descent import gradient_descent
from theorycheck.training.homogeneous import Homogeneous
from theorycheck.training.recovery import descend, error_up_to_order, random_network, recover, top_curvature
from theorycheck.training.relu_gate import Attack, relu_gate
from theorycheck.training.residual_data import fresh_batches, residual_gradient, safe_step, stated_step
from theorycheck.training.semi_random_fit import least_squares, ridge_path
from theorycheck.training.sphere_descent import sphere_descent
from theorycheck.training.stochastic_gradient import fresh_gradient
from theorycheck.training.tensor_initialization import network_from_moments

NAN, EYE, ONES, ZERO = float("nan"), np.eye(2), np.ones(2), np.zeros((2, 2))
X = np.random.default_rng(0).standard_normal((60, 2))
Y = np.maximum(X[:, 0], 0)
CUBE = np.einsum("ia,ib,ic->abc", EYE, EYE, EYE)
FEATURES = linearisation(ZERO, ONES, X)
GRADIENT = residual_gradient(lambda: (X, Y), ONES)


def rng():
    return np.random.default_rng(0)


def am(**change):
    return list(alternating_minimization(**{"data": (X, Y), "signs": ONES, "start": ZERO, "steps": 2, **change}))[-1]


SPHERE = [
    (lambda: arc_cosine_kernel("x", 1), "the correlations are no array of numbers; write the inner products"),
    (lambda: arc_cosine_kernel(0.5j, 1), "the correlations are complex"),
    (lambda: arc_cosine_kernel([[1], [1, 0.5]], 1), "no array of numbers"),
    (lambda: arc_cosine_kernel([0.1, 1], 400), "degree 400 overflows at the correlation 1; write a degree up to 150"),
    (lambda: arc_cosine_kernel(0.5, 10**9), "overflows at the correlation 0.5; write a degree up to 150"),
    (lambda: zonal_polynomials(NAN, 3, 2), "the correlation nan is outside"),
    (lambda: zonal_polynomials(2, 3, 2), "the correlation 2 is outside"),
    (lambda: kernel_matrices(EYE + 0j), "x is complex; write real coordinates"),
    (lambda: angle_matrix(EYE, 1j * EYE), "y is complex"),
    (lambda: kernel_matrices(EYE, kernels="gradient"), "kernels='gradient'; write a tuple"),
    (lambda: kernel_matrices(EYE, out=[ZERO, ZERO, np.empty((2, 2))]), r"out\[1\] shares memory with out\[0\]; write an array of its own"),
    (lambda: kernel_matrices(x := np.eye(2), kernels=("degree 0",), out=[x]), r"out\[0\] shares memory with the points"),
    (
        lambda: kernel_matrices(EYE, kernels=("degree 0",), out=[np.lib.stride_tricks.as_strided(np.zeros(1), (2, 2), (0, 0))]),
        r"out\[0\] has entries that share their memory",
    ),
    (lambda: multiplicity(3, -1), "degree -1: write an integer from 0"),
    (lambda: multiplicity(3, 1.5), "degree 1.5"),
    (lambda: parity_multiplicity(0, 1), "dimension 0: write an integer from 2"),
    (lambda: parity_multiplicity(10**8, 10**8), "too many digits; write one of them up to 100000"),
    (lambda: uniform_points(None, 3, 2), "rng=None is no generator; write numpy.random.default_rng"),
    (lambda: uniform_points(rng(), 1.5, 2), "1.5 points were asked for"),
    (lambda: uniform_points(rng(), 10**15, 2), "do not fit into the memory; write fewer"),
    (lambda: normalised([[1j, 0]]), "the points are complex"),
    (lambda: slice_share(NAN), "the correlation nan is outside"),
    (lambda: slice_share(5.0), "the correlation 5 is outside"),
    (lambda: slice_share("a"), "no array of numbers"),
    (lambda: deviation(EYE, 2 * EYE, EYE), r"x\[0\] is off the unit sphere: its length is 2"),
    (lambda: deviation(EYE, EYE, NAN * EYE), r"y\[0\] has an entry that is not finite"),
    (lambda: deviation(EYE, EYE, EYE[:1]), r"weights have shape \(2, 2\), x \(2, 2\) and y \(1, 2\)"),
    (lambda: largest_deviation(EYE, None), "rng=None is no generator"),
    (lambda: largest_deviation(EYE, rng(), slices=12.5), "slices = 12.5, rounds = 20: write at least 10 slices and 0 rounds, whole"),
    (lambda: mean_square_share(3, 1.5), "digits = 1.5: write an integer from 1 to 2000"),
    (lambda: mean_square_share(3, True), "digits = True"),
    (lambda: funk_hecke("a*t", 3, 2, parameters=["a"]), "write the values by their names"),
    (lambda: funk_hecke("a*t", 3, 2, parameters={3: 1}), "3 cannot name a parameter"),
    (lambda: funk_hecke("log(1-t)", 3, 2), r"log vanishes at t = 1; .*where\(abs\(t - 1\) > 1/100, log\(1-t\), value near 1\)"),
    (lambda: funk_hecke("acos(2*t)", 3, 2), r"from -1 to 1, but it is beyond at t = -3/4; write acos\(max\(-1, min\(1, 2\*t\)\)\)"),
    (lambda: funk_hecke("1/sqrt(1-t**2)", 3, 2), r"vanishes at t = -1 and 1; .*abs\(t \+ 1\) > 1/100 and abs\(t - 1\) > 1/100, 1/sqrt"),
    (lambda: funk_hecke("1/(2*t**2-1)", 3, 2), r"abs\(t - \(sqrt\(2\)/2\)\) > 1/100"),
]
TENSOR = [
    (lambda: hermite_moment(X * 1j, Y, 2), "the inputs have complex entries; write real numbers"),
    (lambda: hermite_moment(X, Y * 1j, 2), "the labels have complex entries"),
    (lambda: hermite_moment(X * 1e200, Y, 3), "the moments overflow; divide"),
    (lambda: projected_moment(X, Y, np.zeros((2, 0)), 2), r"the basis has shape \(2, 0\)"),
    (lambda: symmetric_cp(1j * CUBE, 2, rng()), "the tensor has complex entries"),
    (lambda: symmetric_cp(CUBE, 2, None), "rng=None is no generator"),
    (lambda: leading_subspace(None, 2, 1, rng()), "the product is None; write a function of V"),
    (lambda: leading_subspace(lambda v: v[:1], 3, 1, rng()), r"the product has shape \(1, 3\) for V of shape \(3, 3\)"),
    (lambda: leading_subspace(lambda v: v * NAN, 3, 1, rng()), "the product with the matrix is not finite"),
    (lambda: leading_subspace(lambda v: v, 1.5, 1, rng()), "dimension=1.5; write a whole number"),
    (lambda: moment_constants("relu", 2), "scales=2; write a list of positive numbers"),
    (lambda: moment_constants("relu", "2"), "scales='2'"),
    (lambda: moment_constants("relu", [1], True), "digits=True; write a whole number"),
    (lambda: population_moment("relu", [], np.zeros((0, 2)), 2), "there are no rows"),
    (lambda: polynomial_residual(X * 1e200, Y), "the fit overflows"),
    (lambda: significance(X, Y, None), "the subspace is None; write what"),
    (lambda: significance(X, Y, Subspace(np.eye(3), 2.0, "M_2")), r"basis of shape \(3, 3\); write one in dimension 2"),
    (lambda: significance(X * NAN, Y, Subspace(EYE, 2.0, "M_2")), "the input of sample 0 contains nan"),
]
NETWORK = [
    (lambda: FEATURES.times(np.ones((2, 1))), r"U is float64 of shape \(2, 1\); write real numbers of shape \(2, 2\)"),
    (lambda: FEATURES.times(1j * EYE), "U is complex128"),
    (lambda: FEATURES.gram_times(np.ones((1, 2))), r"U is float64 of shape \(1, 2\)"),
    (lambda: FEATURES.transposed(np.ones((60, 1))), r"r is float64 of shape \(60, 1\); write real numbers of shape \(60,\)"),
    (lambda: Linearisation(X, X[:3]), r"inputs have shape \(60, 2\) and gates \(3, 2\)"),
    (lambda: unvec(np.ones(3)), r"shape \(3,\); write real numbers of shape \(4,\)"),
    (lambda: linearisation(None, ONES, X), "W is not an array of numbers"),
    (lambda: residual_outputs(1e200 * EYE, ONES, 1e200 * X), "the network overflows at these weights and inputs"),
    (lambda: residual_loss(ZERO, ONES, 1e200 * X, Y), "the network overflows"),
    (lambda: gate_mismatch(-3 * EYE, 1e200 * EYE), "the mismatch of unit 0 overflows"),
    (lambda: population_step(ZERO, ZERO, [1, 2]), "v has 2 at 1; write 1 or −1"),
    (lambda: landscape_objective(EYE, EYE, ONES, True), "mu=True; write a finite number"),
    (lambda: landscape_objective(EYE, EYE, ONES, 10**400), "mu=1000.*; write a finite number"),
    (lambda: match_rows(1e200 * EYE, 1e200 * EYE), "the products of rows and truth overflow"),
    (lambda: overlap_objective("ab", (1,), 1), "not all rational numbers"),
    (lambda: overlap_objective([[1]], (1,), NAN), "not all rational numbers"),
    (lambda: list(occupations(1, 0)), "units=0; write a whole number, 1 or more"),
    (lambda: vertex_overlaps((1.5, 0.5)), r"counts are \(1.5, 0.5\)"),
    (lambda: network_tensor(None, 2, 1.0), "the batches are NoneType"),
    (lambda: network_tensor([(X, Y, Y)], 2, 1.0), "a batch is no pair"),
    (lambda: network_tensor([(X, Y)], 2, 1e-320), "as good as 0"),
    (lambda: forward((None, None), EYE, ONES, X), "write a pair"),
    (lambda: forward((lambda z: z[:1], lambda z: z), EYE, ONES, X), r"s gives float64 of shape \(1, 2\); return .*\(60, 2\)"),
    (lambda: forward("squared_relu", 1e200 * EYE, ONES, X), "the output for input . is not finite"),
    (lambda: rows_from_whitened(1e200 * EYE, 1e200 * EYE), "overflow; divide both by their size"),
    (lambda: gate_values(EYE, X, 10**6), "the gates of degree 1000000 overflow"),
    (lambda: starting_weights(rng(), [2, 1.5]), r"widths=\[2, 1.5\]"),
    (lambda: starting_weights(None, [2, 1]), "rng=None is no generator"),
    (lambda: random_gates(rng(), [2, 2], -1), "degree=-1; write a whole number, 0 or more"),
    (lambda: gated_outputs(None, X), "the weights are no list of matrices"),
    (lambda: spectrum("relu", 3, 0), "digits=0; write a whole number"),
    (lambda: population_hessian("relu", EYE, digits=True), "digits=True"),
]
TRAINING = [
    *(
        (lambda t=tolerance: am(tolerance=t), r"tolerance=.*; write a number between 0 and 1")
        for tolerance in (-1, 0, NAN, float("inf"), "x", None, True, 1j)
    ),
    (lambda: am(start=ZERO * NAN, steps=0), r"W has nan at \[0, 0\]; write finite numbers"),
    (lambda: am(start=ZERO * 1j, steps=0), "W has complex entries"),
    (lambda: am(start=np.zeros((3, 4)), steps=0), "write as many units as inputs, k = d"),
    (lambda: am(start="abc", steps=0), "W is not an array of numbers"),
    (lambda: am(start=[[1], [1, 2]], steps=0), "W is not an array of numbers"),
    (lambda: am(start=np.zeros((3, 3)), steps=0), r"v has shape \(2,\); write 3 numbers"),
    (lambda: am(data=lambda: None), "the data are no pair"),
    (lambda: am(data=lambda: (X * np.inf, Y)), "inputs has inf|inputs has -inf"),
    (lambda: am(data=(1e-300 * X, 1e300 * Y)), "the step overflows: the labels are too large for the inputs"),
    (lambda: solve_step(None, ZERO, Y), "the features are NoneType; write theorycheck.network.residual.linearisation"),
    (lambda: solve_step(FEATURES, ZERO, Y, "qr"), "solver='qr' is not known"),
    (lambda: solve_step(FEATURES, ZERO, Y[:5]), r"labels has shape \(5,\)"),
    (lambda: solve_step(FEATURES, ZERO, Y, "cg", -1), "tolerance=-1"),
    (lambda: residual_gradient(lambda: (X, Y), [1, 0.5]), "v has 0.5 at 1"),
    (lambda: residual_gradient(lambda: (X * np.inf, Y), ONES)(ZERO), "inputs has .*inf"),
    (lambda: residual_gradient(lambda: (X[:, :1], Y), ONES)(ZERO), "inputs has 1 columns; write 2, as many as v has entries"),
    (lambda: GRADIENT(np.zeros((1, 2))), r"W has shape \(1, 2\) and v 2 entries; write W of shape \(2, 2\)"),
    (lambda: list(gradient_descent(GRADIENT, np.zeros((3, 3)), 0.1, 2)), "W has 3 columns; write 2"),
    (lambda: fresh_batches(0, ZERO, ONES, 3), "rng=0 is no generator"),
    (lambda: safe_step([[1e200]]), "no floats; divide the inputs"),
    (lambda: safe_step([[1e-200]]), "no floats; divide the inputs"),
    (lambda: stated_step(None), "the features are NoneType"),
    (lambda: conjugate_gradient(None, ONES, 1e-9, 3), "the product is None"),
    (lambda: fresh_gradient(rng(), None, "relu", ONES, 5), "the labels are NoneType; write a function"),
    (lambda: recover(X, Y, "squared_relu", "1", rng()), "'1' components"),
    (lambda: recover(X, Y, "squared_relu", 1, rng(), tolerance=float("inf")), "tolerance=inf"),
    (lambda: recover(X, 1e200 * Y, "squared_relu", 1, rng()), "the variance of the labels is no float: they reach .*divide"),
    (lambda: random_network(rng(), 3, 2), "3 components in dimension 2"),
    (lambda: random_network(rng(), 1, 2, 0.5), "condition=0.5; write a number, 1 or more"),
    (lambda: error_up_to_order(EYE, np.eye(3), ONES, ONES), r"rows have shape \(2, 2\) and truth \(3, 3\)"),
    (lambda: error_up_to_order(EYE, ZERO, ONES, ONES), "row 0 of truth is zero"),
    (lambda: top_curvature(X, Homogeneous(1, 0, 1), ZERO, ONES), "would not move; write another start"),
    (lambda: network_from_moments({}, Homogeneous(1, 0, 2), 1, rng()), "a mapping with the orders 1, 2 and 3"),
    (lambda: ridge_path([[1, 2], [0, 1.0]], ONES), "the Gram matrix is not symmetric"),
    (lambda: ridge_path(EYE, "ab"), "the right-hand side is not an array of numbers"),
    (lambda: ridge_path(EYE, ONES).at("a"), "the strength is a; write a positive number"),
    (lambda: least_squares(np.ones((60, 3)), X, Y * NAN), "labels has nan at"),
    (lambda: least_squares(np.ones((60, 3)), X, Y, "a"), "damp=a; write a number, 0 or more"),
    (lambda: sphere_descent(None, EYE), "the objective is None"),
    (lambda: sphere_descent(lambda b: 3.0, EYE), "the objective returned float; return its value and its gradient"),
    (lambda: sphere_descent(lambda b: (0.0, b * 1j), EYE), "complex128; return real numbers"),
    (lambda: sphere_descent(lambda b: (0.0, b), EYE, steps=True), "steps=True"),
]


@pytest.mark.parametrize(("call", "said"), SPHERE + TENSOR + NETWORK + TRAINING)
def test_bad_input_says_what_to_write(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_integers_of_numpy_are_integers():
    two, nine = np.int64(2), np.int64(9)
    assert gradient_eigenvalue(np.int64(3), two, nine).value == gradient_eigenvalue(3, 2, 9).value
    assert [v.value for v in funk_hecke("t", np.int64(3), two, nine)] == [v.value for v in funk_hecke("t", 3, 2, 9)]
    assert mean_square_share(np.int64(3), nine).value == mean_square_share(3, 9).value
    assert arc_cosine_kernel(0.5, two) == arc_cosine_kernel(0.5, 2)
    assert multiplicity(np.int64(15), two) == 119 and uniform_points(rng(), two, two).shape == (2, 2)
    assert hermite_coefficients("relu", two, nine)[1].value == dual_activation("relu", 1, digits=nine).value == "0.5"
    assert len(moment_constants("relu", [1], nine)[0]) == 5 and len(spectrum("relu", two, nine).coefficients) == 2
    least, known = orthogonal_extremes("relu", [1, 1], np.int64(3), digits=nine)[0], orthogonal_extremes("relu", [1, 1], 3, digits=9)[0]
    assert least.value == known.value
    assert gate_values(EYE, X, two).shape == (60, 2) and fresh_batches(rng(), ZERO, ONES, two)()[1].shape == (2,)
    assert am(steps=two).solver == "cholesky" and len(list(gradient_descent(GRADIENT, ZERO, 0.1, two))) == 3
    assert fresh_gradient(rng(), lambda z: z[:, 0], "relu", ONES, two)(EYE).shape == (2, 2)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("acos(max(-1, min(1, 2*t)))", [1.5707963267948966, -0.4555922940020351, 0.0]),
        ("asin(max(-1, min(1, 3*t - 1)))", [-0.7126761112310178, 0.42451497952153766, 0.10635600129340382]),
        ("acos(1 - 2*t**2)", [0.8082593202564603, 0.0, 0.15]),
    ],
)
def test_inverse_sines_that_end_inside_the_sphere(text, known):
    """What the advice for acos(2*t) leads to, against adaptive quadrature by SciPy."""
    assert funk_hecke(text, 5, 2) == pytest.approx(known, abs=1e-12)


def test_near_duplicates_are_named():
    points = np.array([[1, 2, 3.1], [0, 1, 0], [0.1, 0.2, 0.31]])
    for scale in (3.0, 7.0, 1 / 3, 1e5):
        twice = np.vstack([points[:2], scale * points[:1]])
        with pytest.raises(InputError, match=r"x\[2\] and x\[0\] are the same point.*, so G is singular"):
            gradient_gram(twice, normalize=True)
    assert gradient_gram([[1, 0], [1, 1e-9]], normalize=True)[0, 1] == pytest.approx(0.5 - 1e-9 / (2 * np.pi), rel=1e-15)
    least = np.linalg.eigvalsh(gradient_gram([[1, 0], [1, 1e-9]], normalize=True))[0]
    assert least == pytest.approx(1e-9 / (2 * np.pi), rel=1e-6)


def test_high_degrees_up_to_the_range_of_floats():
    assert arc_cosine_kernel(1, 150) == pytest.approx(float(mpmath.fac2(299) / 2), rel=1e-13)
    assert arc_cosine_kernel(-1, 400) == 0


def test_lengths_beyond_the_range_of_their_squares():
    assert normalised([[3e200, 4e200], [3e-200, 4e-200]]).tolist() == [[0.6, 0.8]] * 2
    assert unit_rows(np.array([[3e200, 4e200], [3e-200, 4e-200]])).round(15).tolist() == [[0.6, 0.8]] * 2
    assert np.allclose(direction(np.array([3e-200, 4e-200]), "u is"), [0.6, 0.8], rtol=1e-15)
    assert np.allclose(gated_second_moment([1e200, 0], [0, 1e-200]), gated_second_moment([1, 0], [0, 1]), rtol=1e-15)
    for size in (1e-320, 1e-200, 1e200, 1e308):
        assert symmetric_cp(size * CUBE, 2, rng()).weights / size == pytest.approx([1, 1], rel=1e-9)
        assert subspace_of_tensor(size * CUBE, 1).gap == pytest.approx(1)
    assert require_on_sphere(normalised([[1e-310, 0]])).tolist() == [[1.0, 0.0]]
    assert vec([[1, 3], [2, 4]]).tolist() == [1, 2, 3, 4]


def task(columns, noise=0.0):
    generator = np.random.default_rng(4)
    v, w = generator.choice([-1.0, 1.0], 4), 0.1 * generator.standard_normal((4, 4))
    x = columns(generator.standard_normal((200, 4)))
    change, features = generator.standard_normal((4, 4)), linearisation(w, v, x)
    outputs = features.times(w + change + np.eye(4))
    return features, w, outputs + noise * np.abs(outputs).max() * generator.standard_normal(200), change


@pytest.mark.parametrize("solver", ["cholesky", "cg"])
@pytest.mark.parametrize("size", [1e-300, 1e-85, 1.0, 1e80, 1e300])
def test_a_step_does_not_depend_on_the_unit_of_the_data(solver, size):
    features, w, outputs, change = task(lambda x: size * x)
    found = solve_step(features, w, outputs, solver)
    assert np.abs(found.weights - change).max() < 1e-11 and not found.note


@pytest.mark.parametrize("solver", ["cholesky", "cg"])
def test_columns_of_different_units_keep_their_digits(solver):
    """cond(B) = 4e6 by the units alone: each entry is as accurate as with columns of one unit, up to the rounding of the labels."""
    scales = np.array([1e-6, 1.0, 1.0, 1.0])
    even, uneven = task(lambda x: x), task(lambda x: x * scales)
    for features, w, outputs, change in (even, uneven):
        found = solve_step(features, w, outputs, solver)
        assert not found.note
        error = np.abs(found.weights - change).max(axis=1) * (scales if features is uneven[0] else 1)
        assert error.max() < 1e-13


@pytest.mark.parametrize("power", [3, 4, 5])
def test_nearly_parallel_columns_are_refined(power):
    features, w, outputs, _ = task(lambda x: np.c_[x[:, :-1], x[:, 0] + 10.0**-power * x[:, -1]], noise=1e-3)
    found = solve_step(features, w, outputs, "cholesky")
    expected = unvec(np.linalg.lstsq(features.dense(), outputs - features.times(w + np.eye(4)), rcond=None)[0])
    assert found.solver == "cholesky"
    assert np.abs(found.weights - expected).max() < 1e-14 * 100**power


def test_what_is_singular_up_to_rounding_is_said():
    near = task(lambda x: np.c_[x[:, :-1], x[:, 0] + 1e-4 * x[:, -1]])
    note = solve_step(*near[:3], "cg").note
    assert note.startswith("BᵀB is nearly singular, with a condition number of") and "write solver='cholesky'" in note
    closer = task(lambda x: np.c_[x[:, :-1], x[:, 0] + 1e-9 * x[:, -1]])
    assert "BᵀB is singular up to rounding" in solve_step(*closer[:3], "cholesky").note
    uneven = task(lambda x: np.c_[1e-6 * x[:, :-1], 1e-6 * x[:, 0] + 1e-15 * x[:, -1]] * [1, 1, 1e6, 1])
    assert solve_step(*uneven[:3], "cholesky").note.endswith("with each column of X in units of its own")
    values = np.logspace(0, 6, 12)
    assert conjugate_gradient(lambda u: values * u, np.ones(12), 1e-9, 500).condition() == pytest.approx(1e6, rel=1e-3)


def test_the_symmetry_of_a_tensor_is_checked_at_every_place():
    generator = rng()
    rows = generator.standard_normal((3, 3))
    tensor = np.einsum("ia,ib,ic,id->abcd", rows, rows, rows, rows)
    landscape_objective_of_tensor(rows, tensor, 0.5)
    for place in ((0, 1, 2, 2), (2, 1, 0, 0), (0, 0, 0, 1), (1, 0, 0, 0), (0, 0, 1, 0), (1, 2, 1, 2)):
        bent = tensor.copy()
        bent[place] += 1e-4 * np.abs(tensor).max()
        with pytest.raises(InputError, match=r"the tensor is not symmetric: its entries .* differ by"):
            landscape_objective_of_tensor(rows, bent, 0.5)


def idx(array):
    sizes = b"".join(int(n).to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, {1: 0x08, 4: 0x0D}[array.itemsize], array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("train-labels-idx1-ubyte", np.zeros(3, np.float32), "train-labels.* holds numbers of the type float32; write unsigned bytes"),
        ("train-images-idx3-ubyte", np.zeros((3, 4, 5), np.float32), "train-images.* holds numbers of the type float32"),
        ("t10k-images-idx3-ubyte", np.zeros((3, 5, 4), np.uint8), r"has images of shape \(5, 4\) and the training set \(4, 5\)"),
        ("train-images-idx3-ubyte", np.zeros((3, 0, 5), np.uint8), r"holds an array of shape \(3, 0, 5\), which is empty"),
    ],
)
def test_image_files_that_hold_something_else(tmp_path, name, array, said):
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(np.zeros((3, 4, 5), np.uint8)))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(3, np.uint8))))
    assert mnist(tmp_path).train.shape == (3, 4, 5)
    (tmp_path / name).write_bytes(idx(array))
    with pytest.raises(InputError, match=said):
        mnist(tmp_path)


@pytest.mark.parametrize("records", [-1, 0, 1.5, "2", None, True])
def test_records_that_are_no_number(tmp_path, records):
    with pytest.raises(InputError, match="records=.*; write how many images each file has, for example 10000"):
        cifar10(tmp_path, records)


@pytest.mark.parametrize("read", [mnist, cifar10, read_idx])
@pytest.mark.parametrize(("path", "said"), [(None, "is None; write its path"), (3, "is 3; write"), ("a\0b", "no path has a NUL character")])
def test_paths_that_are_none(read, path, said):
    with pytest.raises(InputError, match=said):
        read(path)


@pytest.mark.parametrize("digits", [0, -1, True, 1.5, "5"])
@pytest.mark.parametrize(
    "function", [critical_points, correlation_fixed_point, landmarks, signal, lambda f, n: edge_of_chaos(f, Fraction(1, 2), n)]
)
def test_digits_that_are_no_number_of_digits(function, digits):
    with pytest.raises(InputError, match="digits=.*; write a whole number of decimal digits, for example 15"):
        function("tanh", digits)


POINTS, VALUES = np.random.default_rng(1).standard_normal((20, 2)), np.ones(20)


def adam_of(**change):
    given = {"gradient": lambda p, _: [2 * p[0]], "start": [np.ones(1)], "score": lambda p: 0.0, "rng": np.random.default_rng(0)}
    return adam(**{**given, "samples": 4, "steps": 3, **change})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_erm(POINTS, VALUES, 400), r"382 cells .* up to 2.95e\+323 convex programs, about 1.8e\+319 s"),
        (lambda: exact_erm(POINTS, VALUES, 10**400), "convex programs"),
        (lambda: exact_erm(np.eye(40).repeat(40, 0) + np.arange(1600)[:, None], np.ones(1600), 10**9), "convex programs"),
        (lambda: exact_erm(POINTS, VALUES, 2, signs=1), r"signs=1; write a list of 1, −1 or both"),
        (lambda: exact_erm(POINTS, VALUES, 2, signs="ab"), "signs='ab'; write"),
        (lambda: exact_erm(POINTS, VALUES, 2, signs=[1.5]), r"signs=\[1.5\]; write"),
        (lambda: exact_erm(POINTS, VALUES, 2, signs=[]), "signs"),
        (lambda: exact_erm(POINTS, VALUES, 2, most="a"), "most='a'; write a whole number, 1 or more"),
        (lambda: exact_erm([[0], [1]], [0, 1], 1).outputs([0, 1, 2]), "inputs has shape .1, 3.; write rows of 1"),
        (lambda: exact_erm([[0], [1]], [0, 1], 1).outputs([["a"]]), "no tuple of finite numbers"),
        (lambda: exact_nnls([[1.5]], [1], [1]), "columns contain 1.5; write whole numbers"),
        (lambda: exact_nnls([[1]], [1, 2], [1]), "have shapes .1, 1., .2,. and .1,."),
        (lambda: exact_nnls([[1, 2], [1]], [1, 1], [1, 1]), "columns, targets and weights"),
        (lambda: exact_nnls([[1]], [1], [0]), r"weights=\[0\]; write positive"),
        (lambda: exact_nnls([[1]], [1], [1], [7]), r"start=\[7\]; write"),
        (lambda: exact_nnls([[1]], [1], [1], 3), "start=3; write"),
        (lambda: cell_bound("a", 1), "points='a'"),
        (lambda: cell_bound(3, -1), "dimension=-1"),
        (lambda: spanning_order(3), "the points are 3; write a list"),
        (lambda: spanning_order([]), "there are 0 points"),
        (lambda: spanning_order([(1,), (1, 2)]), r"of dimensions \[1, 2\]"),
        (lambda: cells_of([(1.5,)]), "the coordinate 1.5, which is not exact"),
        (lambda: cells_of(None), "the points are None"),
        (lambda: positive_definite(3), "no list of rows"),
        (lambda: positive_definite([[1, 2], [3]]), r"2 rows, of \[1, 2\] entries; write a square one"),
        (lambda: positive_definite([]), "0 rows"),
        (lambda: positive_definite([["a"]]), "the entry 'a'"),
        (lambda: smallest_eigenvalue([[1, 2], [3, 4]], 5), r"not symmetric at \(1, 0\)"),
        (lambda: smallest_eigenvalue([[1]], "a"), "digits='a'"),
        (lambda: smallest_eigenvalue([[1]], 10**9), "write at most"),
        (lambda: extreme_eigenvalues(None, 10), "no list of rows"),
        (lambda: adam_of(rng=3), "rng=3 is no generator"),
        (lambda: adam_of(start=np.ones(3)), "the start is no list of arrays"),
        (lambda: adam_of(start=["a"]), "the start is not an array of numbers"),
        (lambda: adam_of(gradient=3), "gradient=3"),
        (lambda: adam_of(gradient=lambda p, _: 3), "the gradient is no list of 1 arrays"),
        (lambda: adam_of(gradient=lambda p, _: [np.ones(2)]), r"gradient 0 is ndarray of shape \(2,\); return real numbers"),
        (lambda: adam_of(score=lambda p: "a"), "the score is 'a'"),
        (lambda: adam_of(steps=float("inf")), "steps=inf; write a whole number"),
        (lambda: adam_of(batch=1.5), "batch=1.5"),
        (lambda: adam_of(rate="a"), "rate='a'"),
        (lambda: adam_of(enough=None), "enough=None"),
        (lambda: list(relu_gate(np.random.default_rng(0), ONES, 3, 0.1, 1)), "attacks=3"),
        (lambda: list(relu_gate(np.random.default_rng(0), ONES, [Attack(0)], 0.1, 1, algorithms=None)), "algorithms=None"),
    ],
)
def test_what_leaked_from_training_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_attacks_may_come_from_a_generator():
    runs = [list(relu_gate(np.random.default_rng(0), ONES, a, 0.1, 3)) for a in ((Attack(m) for m in (0, 1)), [Attack(0), Attack(1)])]
    assert np.array_equal(*runs)


def test_numbers_of_any_exact_kind_are_entries_of_a_matrix():
    low, high = extreme_eigenvalues([[Fraction(1, 3), 0], [0, np.float64(2.5)]], 20)
    assert (3 * low).contains(1) and high.contains(2.5)


@pytest.mark.parametrize("path", [
    lambda: relu_gate(np.random.default_rng(0), ONES, [Attack(0.5)], 0.1, 4, start=np.full(2, 0.5)),
    lambda: gradient_descent(lambda w: 2 * w, np.ones(2), 0.1, 4),
    lambda: gradient_descent(lambda w: 2 * w, np.ones(2), 0.1, 4, lambda w: w),
    lambda: (it.weights for it in alternating_minimization((X, Y), ONES, ZERO, 3)),
    lambda: descend(X, Y, Homogeneous(1, 0, 2), EYE, ONES, 3),
])  # fmt: skip
def test_writing_to_an_iterate_is_refused_and_changes_no_later_one(path):
    whole = [x.copy() for x in path()]
    for clean, x in zip(whole, path(), strict=True):
        assert x.tolist() == clean.tolist()
        with pytest.raises(ValueError, match="read-only"):
            x += 1
