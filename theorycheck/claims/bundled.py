"""The claims that this installation carries, loaded into this process: their files are ours and known to end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from theorycheck.claims.claim import Claim
from theorycheck.claims.loading import load_claims
from theorycheck.claims.scan import claim_files
from theorycheck.places import proofs_folder
from theorycheck.verdict import Verdict


def bundled_claims(speaking_of: str = "") -> tuple[Claim, ...]:
    """The claims of this installation, in the order of their files.

    Args:
        speaking_of: only those of files that contain this text, so that the others need not be run.

    Raises:
        BrokenClaimFile: one of these files cannot be run.

    >>> "recovery/rho-table" in [claim.id for claim in bundled_claims("misprint")]
    True
    """
    return _bundled(proofs_folder(), speaking_of)


@lru_cache(maxsize=8)
def _bundled(folder: Path, speaking_of: str) -> tuple[Claim, ...]:
    files = [file for file in claim_files(folder) if speaking_of.encode() in file.read_bytes()]
    return tuple(claim for file in files for claim in load_claims(file).claims)


def guarantees(properties: Mapping[str, Verdict]) -> tuple[tuple[str, Verdict], ...]:
    """Which published guarantees apply to an activation.

    Args:
        properties: a verdict for each property of the activation, by name.

    Returns:
        For each claim that holds and declares a guarantee its id, and whether its assumptions are met.
    """
    offered = [claim for claim in bundled_claims("guarantees=True") if claim.guarantees and claim.finding == "holds"]
    return tuple((claim.id, claim.applies(properties)) for claim in offered)
