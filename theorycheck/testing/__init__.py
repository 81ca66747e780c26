"""For test suites: assertions on claims, properties and implementations, and Hypothesis strategies for what theorems quantify over.

Hypothesis is imported when a strategy is first asked for, and nothing else here loads anything heavy.
"""

from theorycheck.testing.assertions import assert_claim, assert_property
from theorycheck.testing.matching import Match, assert_activation_matches
from theorycheck.testing.strategies import Teacher, activations, correlations, scales, teachers, unit_rows

__all__ = [
    "Match",
    "Teacher",
    "activations",
    "assert_activation_matches",
    "assert_claim",
    "assert_property",
    "correlations",
    "scales",
    "teachers",
    "unit_rows",
]
