"""The zero test of the whole project, and balls of expressions at points."""

from theorycheck.zero.decision import analytic_everywhere, is_zero
from theorycheck.zero.normal_form import degree_bound, estimated_terms, normal_form_vanishes, polynomial_vanishes
from theorycheck.zero.points import ball_at, counterexample, points

__all__ = [
    "analytic_everywhere",
    "ball_at",
    "counterexample",
    "degree_bound",
    "estimated_terms",
    "is_zero",
    "normal_form_vanishes",
    "points",
    "polynomial_vanishes",
]
