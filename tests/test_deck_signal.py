"""Every claim of the signal deck comes out as declared."""

import pytest
from deck_checks import check_claim, claims_of


@pytest.mark.parametrize("claim", claims_of("signal"), ids=lambda claim: claim.id)
def test_claim(claim):
    check_claim(claim)
