"""Prose in LaTeX: special characters escaped, and characters beyond ASCII written with what LaTeX has without a package."""

from __future__ import annotations

import re

from theorycheck.errors import InputError
from theorycheck.plaintext import in_ascii

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_TEXT = {
    "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "…": r"\ldots{}", "é": r"\'e",
    "ö": r'\"o', "ü": r'\"u', "ä": r'\"a',
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_MATHEMATICS = {
    **_GREEK, "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "≡": "equiv", "⪯": "preceq", "⪰": "succeq", "·": "cdot",
    "×": "times", "⊗": "otimes", "±": "pm", "√": "surd", "∂": "partial", "∇": "nabla", "∞": "infty", "∈": "in", "∫": "int", "‖": "|",
    "⟨": "langle", "⟩": "rangle", "→": "to", "⇒": "Rightarrow", "⇔": "Leftrightarrow", "∀": "forall", "∃": "exists", "∪": "cup",
    "′": "prime", "⊤": "top", "⊥": "perp", "∘": "circ", "⊙": "odot", "↦": "mapsto", "ℓ": "ell", "≺": "prec", "≻": "succ", "∉": "notin",
    "∩": "cap", "⊂": "subset", "∝": "propto", "∼": "sim", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil",
}  # fmt: skip
_PLAIN = {"−": "-", "²": "^2", "³": "^3", "⁺": "^+", "⁻": "^-", "⁰": "^0", "¹": "^1", "⁴": "^4", "ⁿ": "^n", "ᵀ": "^T", "₊": "_+", "₋": "_-"}
_PLAIN |= {"½": "1/2", "¼": "1/4", "⁵": "^5", "⁶": "^6", "⁷": "^7", "⁸": "^8", "⁹": "^9"}
_PLAIN |= {"ᵢ": "_i", "ⱼ": "_j", "ₖ": "_k", "ₙ": "_n", "ₘ": "_m"}
_PLAIN |= {digit: f"_{n}" for n, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")}
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}


def latex_text(text: str) -> str:
    r"""A line of prose as LaTeX in ASCII.

    Raises:
        InputError: a character for which no LaTeX is known here.

    >>> print(latex_text("50 % of σ̂₂² ≤ 1/2"))
    50 \% of $\hat{\sigma}_2^2$ $\le$ 1/2
    """
    parts = "".join(_part(part) for part in re.findall(r".[\u0302\u0303\u0304]?", text, re.DOTALL))
    return re.sub(r"(?<!\\)\$\$", "", parts)  # neighbours share one formula, so that indices stand at their letter


def writable(text: str) -> str:
    """A line of prose in which each character that `latex_text` does not know has its stand-in in ASCII.

    >>> writable("½ of ℵ² ≤ 1")
    '½ of ?² ≤ 1'
    """

    def known(part: str) -> str:
        try:
            latex_text(part)
        except InputError:
            return in_ascii(part)
        return part

    return "".join(known(part) for part in re.findall(r".[\u0302\u0303\u0304]?", text, re.DOTALL))


def _part(part: str) -> str:
    if len(part) == 2:
        return f"$\\{_ACCENTS[part[1]]}{{{_mathematics(part[0])}}}$"
    if part in _SPECIAL or part in _TEXT:
        return _SPECIAL.get(part) or _TEXT[part]
    return part if part.isascii() else f"${_mathematics(part)}$"


def _mathematics(character: str) -> str:
    if character in _MATHEMATICS:
        return f"\\{_MATHEMATICS[character]}"
    if character in _PLAIN or character.isascii():
        return _PLAIN.get(character, character)
    raise InputError(f"the tables know no LaTeX for {character!r}; write it in ASCII, or add it to report/latex_text.py")
