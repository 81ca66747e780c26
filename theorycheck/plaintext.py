"""Text for terminals that are not UTF-8: every character beyond ASCII has a stand-in."""

from __future__ import annotations

import re

_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
#: What stands for each character beyond ASCII; whatever is left after it becomes "?".
_PLAIN = {
    "✓": "[yes]", "✗": "[no]", "–": "-", "−": "-", "·": "*", "≤": "<=", "≥": ">=", "ρ": "rho", "σ": "sigma", "φ": "phi", "Φ": "Phi",
    "π": "pi", "√": "sqrt", "…": "...", "→": "->", "∞": "oo", "±": "+/-", "²": "^2", "³": "^3", "≠": "!=", "∈": "in", "×": "x",
    "′": "'", "″": "''", "’": "'", "“": '"', "”": '"', "∪": "u", "α": "alpha", "β": "beta", "λ": "lambda", "ℝ": "R", "é": "e",
    **{digit: str(i) for i, digit in enumerate(_SUBSCRIPTS)}, "⁻": "-", "ⁿ": "^n", "Ω": "Omega", "≈": "~", "δ": "delta", "ε": "eps",
    "⟨": "<", "⟩": ">", "⊗": "(x)", "Σ": "Sum ", "∫": "Int ", "⇔": "<=>", "⇒": "=>", "‖": "||", "∂": "d", "γ": "gamma", "θ": "theta",
    "κ": "kappa", "μ": "mu", "η": "eta", "ξ": "xi", "ψ": "psi", "Δ": "Delta", "∇": "grad ", "∀": "for all ", "∃": "there is ", "≡": "==",
    "∝": "~", "⪯": "<=", "⪰": ">=", "\u0302": "^", "\u0304": "_bar", "\u0303": "~", "ᵀ": "^T", "₊": "+", "₋": "-", "⋆": "*",
    "†": "^dag", "↦": "|->", "⊆": "subset of", "↛": "-/->", "∏": "Prod ", "∘": "o", "ℓ": "l", "∩": "n",
    "Γ": "Gamma", "Θ": "Theta", "Λ": "Lambda", "Ψ": "Psi", "ν": "nu", "ω": "omega",
    "½": "1/2", "ζ": "zeta", "τ": "tau", "—": "-", "χ": "chi", "⊥": "_perp", "∥": "_par",
}  # fmt: skip


_NAMES = "".join(c for c, name in _PLAIN.items() if c.isalpha() and len(name) > 1 and name.isalpha())
#: A root of one letter; and a letter that is written as a name, and a letter beside it: without a blank they would run into one word.
_ROOT = re.compile(r"√([^\W\d_][\u0302-\u0304]?)(?!\w)")
_LETTER = rf"[^\W\d_²³{_SUBSCRIPTS}ⁿᵀ½]"
_RUNNING = re.compile(rf"(?<=[{_NAMES}])(?={_LETTER})|(?<={_LETTER})(?=[{_NAMES}])|(?<=[{_NAMES}][\u0302-\u0304])(?={_LETTER})")


def in_ascii(text: str) -> str:
    """The same text in ASCII.

    >>> in_ascii("✓ ρ(σ) ≥ −√2"), in_ascii("ηβ̄θ² ≤ √s Σ_i 2πM_i")
    ('[yes] rho(sigma) >= -sqrt2', 'eta beta_bar theta^2 <= sqrt(s) Sum_i 2pi M_i')
    """
    text = _RUNNING.sub(" ", _ROOT.sub(r"√(\1)", text))
    text = re.sub(r"(?<=[Σ∏∫∇∀∃]) +", "", text)  # their stand-ins end with a blank
    text = "".join(_PLAIN.get(c, c) for c in text)
    return re.sub(r"\b(Sum|Prod|Int|grad) (?=[_^])", r"\1", text).encode("ascii", "replace").decode("ascii")
