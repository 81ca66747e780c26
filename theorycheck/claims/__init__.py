"""Claims that climb three rungs: derive, certify, simulate. Importing this room loads nothing heavy."""

from theorycheck.claims.claim import Claim, ClaimError, Holds, Instances, Source
from theorycheck.claims.lemma import Lemma

__all__ = ["Claim", "ClaimError", "Holds", "Instances", "Lemma", "Source"]
