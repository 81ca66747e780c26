"""Symmetric CP decomposition: against the components that made the tensor, and against TensorLy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorly

from theorycheck.benchmarks.tensors import factor_error, noisy_tensor
from theorycheck.errors import InputError
from theorycheck.tensor.decomposition import symmetric_cp
from theorycheck.tensor.subspace import leading_subspace, subspace_of_second_moment, subspace_of_tensor


def decompose(tensor, rank, seed=0):
    return symmetric_cp(tensor, rank, np.random.default_rng(seed))


@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("seed", range(6))
def test_exact_tensors(order, seed):
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, 5))
    factors = np.linalg.qr(rng.standard_normal((7, rank)))[0] @ (np.eye(rank) + 0.3 * rng.standard_normal((rank, rank)))
    factors /= np.linalg.norm(factors, axis=0)
    weights = rng.uniform(0.5, 3, rank) * (rng.choice([-1, 1], rank) if order == 4 else 1)
    found = decompose(tensorly.cp_to_tensor((weights, [factors] * order)), rank)
    assert factor_error(found.factors, factors) < 1e-11
    np.testing.assert_allclose(np.sort(found.weights), np.sort(weights), atol=1e-10)
    assert found.residual < 1e-12
    assert found.doubts == ()
    np.testing.assert_allclose(
        tensorly.cp_to_tensor((found.weights, [found.factors] * order)), tensorly.cp_to_tensor((weights, [factors] * order)), atol=1e-11
    )


def test_under_noise_no_worse_than_parafac():
    from tensorly.decomposition import parafac

    tensor, truth = noisy_tensor(0, 0.03)
    peer = parafac(tensor, 10, init="svd").factors[0]
    assert factor_error(decompose(tensor, 10).factors, truth) <= 1.05 * factor_error(peer, truth)


def test_what_is_doubtful_is_said():
    rng = np.random.default_rng(0)
    raw = rng.standard_normal((6, 6, 6))
    noise = sum(raw.transpose(p) for p in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)))
    assert any("residual" in doubt for doubt in decompose(noise, 2).doubts)
    assert any("the rank may be another" in doubt for doubt in decompose(noise, 2).doubts)
    near = np.array([[1.0, 1.0], [0.0, 0.01]])
    parallel = decompose(np.einsum("ar,br,cr->abc", near, near, near), 2)
    assert any("nearly parallel" in doubt for doubt in parallel.doubts)


def test_border_rank_is_not_passed_over_in_silence():
    a, b = np.eye(2)  # a⊗a⊗b + a⊗b⊗a + b⊗a⊗a has rank 3 and border rank 2: the weights of approximations grow without bound
    tensor = sum(np.einsum("i,j,k->ijk", *v) for v in ((a, a, b), (a, b, a), (b, a, a)))
    assert decompose(tensor, 2).doubts


def test_subspaces():
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.standard_normal((9, 3)))[0]
    matrix = basis @ np.diag([3.0, -2.0, 1.0]) @ basis.T
    found = leading_subspace(lambda v: matrix @ v, 9, 3, rng)
    np.testing.assert_allclose(found.basis @ found.basis.T, basis @ basis.T, atol=1e-9)
    tensor = np.einsum("ai,bi,ci->abc", basis, basis, basis)
    spanned = subspace_of_tensor(tensor, 3).basis
    np.testing.assert_allclose(basis @ (basis.T @ spanned), spanned, atol=1e-9)
    assert leading_subspace(lambda v: v, 3, 3, rng).gap == float("inf")


CUBE = np.einsum("i,j,k->ijk", *[np.array([1.0, 2.0])] * 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decompose(CUBE, 3), "3 components in dimension 2.*at most 2"),
        (lambda: decompose(CUBE, 2), "the tensor has 1 independent components, fewer than 2; ask for at most 1"),
        (lambda: decompose(CUBE, 0), "0 components; write a whole number, at least 1"),
        (lambda: decompose("text", 1), "tensor is not an array of numbers.*'text'"),
        (lambda: decompose(np.zeros((0, 0, 0)), 1), r"shape \(0, 0, 0\); write a cube"),
        (lambda: subspace_of_tensor(np.zeros((0, 0)), 1), r"shape \(0, 0\); write shape"),
        (lambda: subspace_of_tensor(np.full((2, 2, 2), np.nan), 1), "8 entries that are not finite"),
        (lambda: subspace_of_second_moment([[np.nan, 1.0]] * 4, np.ones(4), 1, np.random.default_rng(0)), "input of sample 0 contains nan"),
        (
            lambda: subspace_of_second_moment(np.ones((4, 2)), [1, 1, np.nan, 1], 1, np.random.default_rng(0)),
            "label of sample 2 contains nan",
        ),
        (lambda: decompose(np.eye(2), 1), r"shape \(2, 2\); write a cube of order at least 3"),
        (lambda: decompose(np.zeros((2, 2, 2)), 1), "the tensor is zero"),
        (lambda: decompose(np.full((2, 2, 2), np.nan), 1), "8 entries that are not finite"),
        (lambda: decompose(np.arange(8.0).reshape(2, 2, 2), 1), "not symmetric: entries that should be equal differ by"),
        (lambda: subspace_of_second_moment(np.ones((4, 2)), np.ones(4), 3, np.random.default_rng(0)), "3 components in dimension 2"),
    ],
)
def test_messages(call, message):
    with pytest.raises(InputError, match=message):
        call()
