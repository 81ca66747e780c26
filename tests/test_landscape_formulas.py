"""The truncated Hermite sum of a population loss against closed forms, and what it says to bad input."""

from fractions import Fraction
from math import acos, exp, pi, sqrt

import numpy as np
import pytest

from theorycheck.errors import DoesNotExist, InputError
from theorycheck.network.truncation import hermite_form, population_loss, spectrum

E, F = (1, 0), (Fraction(3, 5), Fraction(4, 5))


def arc_cosine(r: float) -> float:
    return (sqrt(1 - r * r) + (pi - acos(r)) * r) / (2 * pi)


@pytest.mark.parametrize("terms", [4, 16, 64])
def test_relu_against_the_arc_cosine_kernel(terms: int) -> None:
    loss = population_loss("relu", ([1, 2], [E, F]), ([3], [(0, 1)]), terms=terms)
    rows, weights = np.array([[1, 0], [0.6, 0.8], [0, 1]]), np.array([1, 2, -3])
    kernel = np.array([[arc_cosine(min(1.0, r)) for r in row] for row in rows @ rows.T])
    truth = float(weights @ kernel @ weights)
    assert abs(float(loss.ball.mid()) - truth) <= float(loss.ball.rad()) + 1e-14


def test_more_terms_are_sharper() -> None:
    radii = [float(population_loss("relu", ([1], [E]), ([1], [F]), terms=terms).ball.rad()) for terms in (4, 16, 64)]
    assert radii[0] > 100 * radii[1] > 10000 * radii[2]


def test_exponential_and_sine() -> None:
    loss = population_loss("exp(x)", ([1], [E]), ([1], [F]), student_activation="sin(x)", terms=40)
    # E e^2u = e², E sin² = (1 − e^−2)/2, E e^u sin v = sin(r), by completing the square
    assert abs(float(loss) - (exp(2) - 2 * np.sin(0.6) + (1 - exp(-2)) / 2)) < 1e-12


def test_equal_networks_cancel_exactly() -> None:
    loss = population_loss("tanh", ([1, 2, 1], [E, F, E]), ([2, 2], [F, E]))
    assert (loss.value, loss.radius) == ("0", "0")


def test_never_negative() -> None:
    near = (Fraction(999999, 1000001), Fraction(2000, 1000001))
    loss = population_loss("relu", ([1], [E]), ([1], [near]), terms=3)
    assert loss.ball.lower() >= 0
    assert loss.contains(1 - 2 * arc_cosine(float(near[0])))


def test_tail_of_relu() -> None:
    # experiments: the mass beyond degree 10 is 1.28e-3
    assert 1.27e-3 < float(spectrum("relu", 11).tail) < 1.29e-3
    assert float(spectrum("x**3", 4).tail) < 1e-20


def test_form_from_inner_products() -> None:
    line = spectrum("linear", 3)
    form = hermite_form(line, line, ([Fraction(2)], [Fraction(1)]), [[Fraction(1), Fraction(1, 2)], [Fraction(1, 2), Fraction(1)]])
    assert abs(float(form) - 3) < 1e-15  # 4 − 2·2·½ + 1


@pytest.mark.parametrize(
    ("teacher", "student", "message"),
    [
        (([1], [E]), ([1], [(1, 1)]), r"row 0 of the student has squared length 2 \(too long by a factor of about 1.41421\)"),
        (([1, 1], [E, (Fraction(1, 2), 0)]), ([1], [E]), r"row 1 of the teacher has squared length 1/4 \(too short .* 0.5\)"),
        (([1], [E]), ([1.0], [E]), r"the student contains 1.0; write exact numbers"),
        (([1], [E]), ([float("nan")], [E]), r"the student contains nan"),
        (([1], [E]), ([1], [(1, 0, 0)]), r"the rows have 2 and 3 coordinates"),
        (([1], [E]), ([1], [(1, 0), F]), r"the student is not \(weights, rows\) with a weight for each row"),
        ((["1/0"], [E]), ([1], [E]), r"the teacher contains '1/0'; write exact numbers"),
        (([1j], [E]), ([1], [E]), r"the teacher contains 1j; write exact numbers"),
        (([1], [E]), 3, r"the student is not \(weights, rows\)"),
        (([1], [1]), ([1], [E]), r"the teacher is not \(weights, rows\)"),
        (([1, 1], [E, (1,)]), ([1], [E]), r"row 1 of the teacher has 1 coordinates, row 0 has 2"),
    ],
)
def test_bad_input(teacher: object, student: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        population_loss("relu", teacher, student)


def test_an_activation_that_is_no_function() -> None:
    with pytest.raises(InputError, match="'1/0'.*division by zero"):
        population_loss("1/0", ([1], [E]), ([1], [F]))


def test_not_square_integrable() -> None:
    with pytest.raises(DoesNotExist):
        population_loss("exp(x**2/2)", ([1], [E]), ([1], [F]))
