"""Text for terminals that are not UTF-8: every character beyond ASCII has a stand-in."""

from __future__ import annotations

_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
#: What stands for each character beyond ASCII; whatever is left after it becomes "?".
_PLAIN = {
    "✓": "[yes]", "✗": "[no]", "–": "-", "−": "-", "·": "*", "≤": "<=", "≥": ">=", "ρ": "rho", "σ": "sigma", "φ": "phi", "Φ": "Phi",
    "π": "pi", "√": "sqrt", "…": "...", "→": "->", "∞": "oo", "±": "+/-", "²": "^2", "³": "^3", "≠": "!=", "∈": "in", "×": "x",
    "′": "'", "″": "''", "’": "'", "“": '"', "”": '"', "∪": "u", "α": "alpha", "β": "beta", "λ": "lambda", "ℝ": "R", "é": "e",
    **{digit: str(i) for i, digit in enumerate(_SUBSCRIPTS)}, "⁻": "-", "ⁿ": "^n", "Ω": "Omega", "≈": "~", "δ": "delta", "ε": "eps",
    "⟨": "<", "⟩": ">", "⊗": "(x)", "Σ": "Sum ", "∫": "Int ", "⇔": "<=>", "⇒": "=>", "‖": "||", "∂": "d", "γ": "gamma", "θ": "theta",
    "κ": "kappa", "μ": "mu", "η": "eta", "ξ": "xi", "ψ": "psi", "Δ": "Delta", "∇": "grad ", "∀": "for all ", "∃": "there is ", "≡": "==",
    "∝": "~", "⪯": "<=", "⪰": ">=", "\u0302": "^", "\u0304": "", "\u0303": "~", "ᵀ": "^T", "₊": "+", "₋": "-", "⋆": "*",
    "½": "1/2", "ζ": "zeta", "τ": "tau", "—": "-", "χ": "chi", "⊥": "_perp", "∥": "_par",
}  # fmt: skip


def in_ascii(text: str) -> str:
    """The same text in ASCII.

    >>> in_ascii("✓ ρ(σ) ≥ −√2")
    '[yes] rho(sigma) >= -sqrt2'
    """
    return "".join(_PLAIN.get(c, c) for c in text).encode("ascii", "replace").decode("ascii")
