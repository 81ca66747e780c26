"""A verified page laid out for a terminal, with a fallback to ASCII. A verdict is a sign and a word: it survives a pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from theorycheck.decimals import correct_decimal
from theorycheck.plaintext import in_ascii
from theorycheck.verdict import Verdict

if TYPE_CHECKING:
    from theorycheck.page import VerifiedPage
    from theorycheck.properties.critical_point import CriticalPoint

_SIGNS = {True: "✓", False: "✗", None: "?"}
_WORDS = {True: "holds", False: "fails", None: "undecided"}
_STATEMENTS = {
    "P1": "0 ≤ s' ≤ L|z|^p",
    "P2": "ρ(σ) > 0, every σ",
    "P3a": "s' Lipschitz",
    "P3b": "piecewise linear",
    "P3": "P3a or P3b",
}
_BRIEF = "smooth bounded monotone affine polynomial homogeneous parity villani".split()
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
#: Columns of the table of properties: statement, verdict, value, grade, reason.
_WIDTHS, _WIDTHS_ASCII = (24, 12, 26, 10, 0), (34, 16, 26, 10, 0)


def page_text(page: VerifiedPage, ascii: bool = False) -> str:
    """The whole page as text, ending without a newline.

    Args:
        page: a verified page.
        ascii: write without characters beyond ASCII.
    """
    lines = [_headline(page), "", *_properties(page, ascii), "", *_hermite(page), *_rho(page), *_signal(page)]
    if page.guarantees:
        lines += ["", "GUARANTEES (one hidden layer; recovery: Gaussian inputs; the grade is that of the hypotheses)"]
        lines += [f"  {_SIGNS[v.holds]} {claim:<35} {v.grade or '–':<11} {v.reason}" for claim, v in page.guarantees]
    if page.open_questions:
        lines += ["", f"Undecided: {', '.join(page.open_questions)}."]
    lines += ["", "Every printed digit is correct."]
    text = "\n".join(line.rstrip() for line in lines)
    return in_ascii(text) if ascii else text


def mathematical(text: str) -> str:
    """An expression as people write it: · for products, ^ for powers, Greek letters.

    >>> mathematical("x*Phi(x)"), mathematical("sqrt(pi)*x**2")
    ('x·Φ(x)', '√π·x^2')
    """
    text = text.replace("**", "^").replace("*", "·")
    text = re.sub(r"\bPhi\b", "Φ", text)
    text = re.sub(r"\bpi\b", "π", text)
    return re.sub(r"\bsqrt\((π|\d+)\)", r"√\1", text)


def _headline(page: VerifiedPage) -> str:
    f = page.activation
    count = len(f.pieces)
    pieces = "1 analytic piece, no kinks" if count == 1 else f"{count} analytic pieces, joined at {_listed(f.breakpoints)}"
    if f.jumps:
        pieces += f"; jumps at {_listed([point for point, _ in f.jumps])}"
    given = "".join(f", {name} = {value}" for name, value in f.parameters.items())
    return f"{f.name or 's'}   s(x) = {mathematical(f.text)}{given}   {pieces}"


def _listed(points: Any) -> str:
    shown = [mathematical(str(p)) for p in points]
    return ", ".join(shown) if len(shown) <= 6 else f"{', '.join(shown[:5])}, … ({len(shown)} in all)"


def _properties(page: VerifiedPage, ascii: bool) -> list[str]:
    found = page.properties
    rows = [(f"{name:<4} {statement}", found[name]) for name, statement in _STATEMENTS.items()]
    numbers = [("Lipschitz constant", found["lipschitz"]), ("information exponent", found["information_exponent"])]
    brief = "  " + "    ".join(_brief(name, found[name]) for name in _BRIEF if found[name].holds is not None)
    # what is undecided gets a line of its own, because its reason says what would decide it
    vague = [(name, found[name]) for name in _BRIEF if found[name].holds is None]
    head = _cells(("PROPERTIES", "", "", "grade", "because"), ascii)
    return [head, *(_row(*row, ascii) for row in rows), brief, *(_row(*row, ascii) for row in numbers + vague)]


def _row(label: str, verdict: Verdict, ascii: bool) -> str:
    sign = f"{_SIGNS[verdict.holds]} {_WORDS[verdict.holds]}"
    return _cells((f"  {label}", sign, _value(verdict.value), verdict.grade or "–", verdict.reason), ascii)


def _cells(cells: tuple[str, ...], ascii: bool) -> str:
    shown = [in_ascii(cell) for cell in cells] if ascii else list(cells)
    return "".join(f"{cell:<{width}} " for cell, width in zip(shown, _WIDTHS_ASCII if ascii else _WIDTHS, strict=True))


def _brief(name: str, verdict: Verdict) -> str:
    if name == "parity" and verdict.value is not None:
        return f"parity {verdict.value}"
    shown = _value(verdict.value) if verdict.holds else ""
    return f"{name} {_SIGNS[verdict.holds]}" + (f" ({shown})" if shown else "")


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        if "value" in value:
            return mathematical(str(value.get("exact") or value["value"]))
        return ", ".join(f"{key} = {_value(part)}" for key, part in value.items())
    return mathematical(str(value))


def _hermite(page: VerifiedPage) -> list[str]:
    if not page.hermite:
        return [f"HERMITE   {page.missing['hermite']}"]
    cells = []
    for k, c in enumerate(page.hermite):
        exact = None if c.exact is None else mathematical(str(c.exact))
        cells.append(f"c{_SUBSCRIPTS[k]} {exact if exact is not None and len(exact) <= 14 else correct_decimal(c, 6)}")
    return ["HERMITE   " + "   ".join(cells)]


def _rho(page: VerifiedPage) -> list[str]:
    lines = []
    for value in page.rho:
        shown = correct_decimal(value.value, 6)
        exact = value.value.exact
        closed = "" if exact is None or len(str(exact)) > 40 or str(exact) == shown else f" = {mathematical(str(exact))}"
        grade = "undecided" if not value.decided else "proved" if exact is not None else "certified"
        lines.append(f"ρ({value.sigma}) = {shown}{closed}   {grade}")
    lines += [f"{label.replace('rho ', 'ρ(')})   {reason}" for label, reason in page.missing.items() if label.startswith("rho")]
    return [("RHO       " if i == 0 else " " * 10) + line for i, line in enumerate(lines)]


def _signal(page: VerifiedPage) -> list[str]:
    if page.signal is None:
        return [f"SIGNAL    {page.missing['signal']}"] if "signal" in page.missing else []
    numbers, cells = page.signal.numbers, []
    labels = {"gain": "gain", "gain_centred": "centred", "backward_gain": "backward", "chi_perp": "χ⊥", "chi_par": "χ∥"}
    for name, label in labels.items():
        if name in numbers:
            exact = None if numbers[name].exact is None else mathematical(str(numbers[name].exact))
            cells.append(f"{label} {exact if exact is not None and len(exact) <= 14 else correct_decimal(numbers[name], 6)}")
    found = page.signal.criticality
    if found is None:
        rows = [f"critical points undecided: {page.signal.undecided}"]
    else:
        rows = [f"critical {_critical(point)}" for point in found.points]
        rows.append(f"{found.complete.reason}   {found.complete.grade or 'undecided'}")
    return ["SIGNAL    " + ("   ".join(cells) or page.signal.missing["gain"]), *(" " * 10 + row for row in rows)]


def _critical(point: CriticalPoint) -> str:
    kept = point.kind if point.K is None or point.kind == "K = 0" else f"K = {correct_decimal(point.K, 6)}"
    return f"{kept}: C_W = {correct_decimal(point.C_W, 6)}, C_b = {correct_decimal(point.C_b, 6)}"
