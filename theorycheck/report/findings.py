"""What a simulation found, in the few words that a table has room for, and with no more digits than the samples support."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theorycheck.verdict import Verdict

#: The most characters of a finding.
_ROOM = 240
_DECIMAL = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_WORDS = {True: "holds", False: "fails", None: "undecided"}


def words_of(verdict: Verdict) -> str:
    """A verdict with its grade, and the number of instances where it speaks of instances only.

    >>> from theorycheck.verdict import Verdict
    >>> words_of(Verdict(True, "sampled", "", scope="instances", instances=12))
    'holds, sampled, on 12 instances'
    """
    on = f", on {verdict.instances} instances" if verdict.holds and verdict.scope == "instances" and verdict.instances else ""
    return _WORDS[verdict.holds] + (f", {verdict.grade}" if verdict.grade else "") + on


def what_was_found(verdict: Verdict) -> str:
    """The reason of a verdict, shortened: whole findings as long as there is room, and how many more there are.

    >>> from theorycheck.verdict import Verdict
    >>> long = "mean: theory 0.5, sampled 0.499713 ± 0.0021 (4096 samples, betting, error 5e-10), detectable 0.01; above: true"
    >>> what_was_found(Verdict(True, "sampled", long))
    'mean: theory 0.5, sampled 0.4997 ± 0.0021; above'
    """
    text = re.sub(r"^seeded trials, \w+ scale; ", "", " ".join(verdict.reason.split()))
    text = re.sub(r" \(\d+ samples, [^()]*\)", "", text)
    text = re.sub(rf", detectable {_DECIMAL}", "", text)
    text = re.sub(r": true(?=;|$)", "", text)
    parts = supported(text).split("; ")
    kept = parts[:1] if len(parts[0]) <= _ROOM else [parts[0][: _ROOM - 1] + "…"]
    for part in parts[1:]:
        if sum(map(len, kept)) + 2 * len(kept) + len(part) > _ROOM:
            break
        kept.append(part)
    left = len(parts) - len(kept)
    return "; ".join(kept) + (f"; and {left} more" if left else "")


def supported(text: str) -> str:
    """The same text with every "A ± B" rounded, so that A ends at the last digit of B.

    >>> supported("0.1234567 ± 0.0021, -31.4159 ± 12, 6543.21 ± 1.2e+02")
    '0.1235 ± 0.0021, -31 ± 12, 6540 ± 1.2e+02'
    """

    def rounded(match: re.Match[str]) -> str:
        middle, half = Decimal(match[1]), Decimal(match[2])
        try:
            return f"{middle.quantize(Decimal((0, (1,), int(half.as_tuple().exponent)))):f} ± {match[2]}"
        except InvalidOperation:  # B is more than 28 digits below A: A has fewer digits than it could
            return match[0]

    return re.sub(rf"({_DECIMAL}) ± ({_DECIMAL})", rounded, text)
