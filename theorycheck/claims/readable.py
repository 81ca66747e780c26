"""Statements in LaTeX as a terminal can show them: products, fractions and scripts stay unambiguous on one line."""

from __future__ import annotations

import re

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "varphi": "φ", "phi": "φ",
    "chi": "χ", "psi": "ψ", "xi": "ξ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_SYMBOLS = {
    **_GREEK, "sum": "Σ", "prod": "∏", "int": "∫", "infty": "∞", "langle": "⟨", "rangle": "⟩", "cdot": "·", "times": "×", "otimes": "⊗",
    "star": "*", "ast": "*", "top": "T", "|": "‖", "pm": "±", "dots": "…", "ldots": "…", "cdots": "…", "partial": "∂", "nabla": "∇",
    "colon": ":", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "mid": "|", "forall": "∀", "exists": "∃", "dagger": "†",
    "ell": "ℓ", "parallel": "∥", "perp": "⊥", "prime": "′", "circ": "∘",
}  # fmt: skip
#: Symbols between two formulas; blanks stand on both sides.
_RELATIONS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "in": "∈", "to": "→", "iff": "⇔", "Rightarrow": "⇒",
    "implies": "⇒", "Leftrightarrow": "⇔", "equiv": "≡", "propto": "∝", "sim": "~", "approx": "≈", "preceq": "⪯", "succeq": "⪰",
    "mapsto": "↦", "subseteq": "⊆", "cup": "∪", "cap": "∩",
}  # fmt: skip
#: What stands before all that it acts on, with its range as scripts.
_LARGE = ("sum", "prod", "int", "min", "max", "inf", "sup", "lim")
_FONTS = ("mathbb", "mathrm", "mathbf", "mathcal", "mathit", "text", "textrm", "operatorname")
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304", "overline": "\u0304"}
_BLANKS = (",", ";", ":", ">", " ", "quad", "qquad", "\\")
_NOTHING = ("!", "left", "right", "limits", "nolimits", *(f"{a}ig{b}{c}" for a in "bB" for b in ("", "g") for c in ("", "l", "r", "m")))
#: One factor: a letter, a number or a root, with scripts. It needs no parentheses in a fraction.
_FACTOR = re.compile(
    r"∂?(?:[^\W\d_][\u0302-\u0304]?|\d+(?:\.\d+)?|√\w+|√\([^()]*\))"
    r"(?:_(?:\w+|\*|\{[^{}]*\}))?\*?(?:\^(?:\d+|\w|\([^()]*\)))?\*?"
)
#: Deeper braces are left as they are.
_DEEPEST = 60


def readable(latex: str) -> str:
    r"""A statement in LaTeX as a terminal can show it; the names of commands that it does not know stay.

    >>> readable(r"\mathbb{E}[y\,h_k(b_i^\top x)] = \hat\sigma_k \sum_j a_j^\star \langle b_j^\star, b_i\rangle^k")
    'E[y h_k(b_i^T x)] = σ̂_k Σ_j a_j* ⟨b_j*, b_i⟩^k'
    >>> readable(r"\frac{1}{2s}\lambda_1\!\left(-s^2\Delta\right)"), readable(r"\tfrac1S \sum_i \eta\hat M_i,\quad\text{at step } s")
    ('1/(2s) λ_1(-s^2 Δ)', '1/S Σ_i ηM̂_i, at step s')
    """
    return _Reader(latex).formula(0)


class _Reader:
    """The tokens of a formula, and the place that has been read up to."""

    def __init__(self, latex: str):
        self.tokens = re.findall(r"\\[a-zA-Z]+|\\.|\s+|.", latex, re.DOTALL)
        self.place = 0

    def next(self) -> str | None:
        """The next token; None at the end."""
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else None

    def skip_blanks(self) -> None:
        while self.place < len(self.tokens) and self.tokens[self.place].isspace():
            self.place += 1

    def formula(self, depth: int) -> str:
        """All up to the end or, inside of braces, up to the brace that closes them."""
        line = _Line()
        while (token := self.next()) is not None and (token != "}" or not depth):
            self.put(line, token, depth)
        return _spaced(line.text)

    def argument(self, depth: int) -> str:
        """A group, a command with its arguments, or one character."""
        self.skip_blanks()
        token = self.next()
        if token is None:
            return ""
        line = _Line()
        self.put(line, token, depth)
        return _spaced(line.text)

    def verbatim(self) -> str:
        """The group of \\text, where blanks count."""
        self.skip_blanks()
        token, depth, found = self.next(), 0, ""
        while token is not None:
            depth += (token == "{") - (token == "}")
            found += "" if token in "{}" else " " if token in ("\\ ", "~") else token.removeprefix("\\")
            if depth <= 0:
                break
            token = self.next()
        return found

    def put(self, line: _Line, token: str, depth: int) -> None:
        """Write what a token and its arguments mean."""
        if token == "{" and depth < _DEEPEST:
            line.add(self.formula(depth + 1))
        elif token in ("^", "_") and depth < _DEEPEST:
            line.add(_script(token, self.argument(depth + 1)), "script")
        elif token.isspace() or token == "~":
            line.add(" ")
        elif token.startswith("\\") and len(token) > 1:
            self.command(line, token[1:], depth + 1)
        else:
            line.add(token)

    def command(self, line: _Line, name: str, depth: int) -> None:
        """Write a command with its arguments; TeX ignores blanks after its name."""
        if name in _BLANKS:
            line.add(" ")
        elif name in _NOTHING:
            if name in ("left", "right") and self.tokens[self.place : self.place + 1] == ["."]:
                self.place += 1
        elif depth > _DEEPEST:
            line.add(name)
        elif re.fullmatch("[tdc]?frac", name):
            above, below = self.argument(depth), self.argument(depth)
            line.add(f"{_grouped(above, re.compile(f'{_FACTOR.pattern}|[a-zA-Z0-9]+'))}/{_grouped(below, _FACTOR)}", "fraction")
        elif name == "binom":
            line.add(f"binom({self.argument(depth)}, {self.argument(depth)})", "word")
        elif name == "sqrt":
            under = self.argument(depth)
            line.add(f"√{under}" if re.fullmatch(r"\d+|\w", under) else f"√({under})", "root")
        elif name in _ACCENTS:
            base = self.argument(depth)
            line.add(base + _ACCENTS[name] if len(base) == 1 else f"{name}({base})")
        elif name in _FONTS:
            found = self.verbatim() if name in ("text", "textrm") else self.argument(depth)
            line.add(found, "word" if re.fullmatch("[a-zA-Z]{2,}|E", found) else "")
        elif name == "not":
            line.add(" ↛ " if self.argument(depth) == "→" else " not ")
        elif name in _RELATIONS:
            line.add(f" {_RELATIONS[name]} ")
        else:
            following = "".join(self.tokens[self.place : self.place + 2]).lstrip()
            if name in ("langle", "lVert", "partial", "nabla") or (name == "Delta" and following[:1].isalpha()):
                self.skip_blanks()
            kind = "large" if name in _LARGE else "" if name in _SYMBOLS or len(name) == 1 else "word"
            line.add(_SYMBOLS.get(name, name), kind)


class _Line:
    """Text that grows, with a blank where two factors would run into one."""

    def __init__(self) -> None:
        self.text, self.last = "", ""

    def add(self, piece: str, kind: str = "") -> None:
        """Append a piece: a "script", a "root", a "fraction", a "large" operator, a "word" of several letters, or anything else."""
        if self.text and piece and kind != "script" and self._apart(piece[0], kind):
            self.text += " "
        self.text += piece
        if kind == "script" and self.last in ("large", "range"):
            self.last = "range"
        elif piece:
            self.last = kind

    def _apart(self, first: str, kind: str) -> bool:
        opens = first in "([{⟨" or (first in "|‖" and self.text.count(first) % 2 == 0)
        factor = first.isalnum() or first in "√∂∇∫∏"
        if opens and self.last in ("fraction", "range"):
            return True
        if factor and self.last in ("script", "root", "fraction", "word", "large", "range"):
            return True
        closed = self.text[-1].isalnum() or self.text[-1] in ")]}*"
        return closed and (kind == "fraction" or (kind in ("word", "large") and factor))


def _script(sign: str, text: str) -> str:
    if sign == "^" and text in ("*", "†", "′", "'"):
        return text
    plain = r"\w|\d+|\*|[^\w\s]" if sign == "^" else r"[^\W_]+|\*|[^\w\s]"
    if re.fullmatch(plain, text):
        return sign + text
    return f"^({text})" if sign == "^" else f"_{{{text}}}"


def _grouped(text: str, factor: re.Pattern[str]) -> str:
    return text if factor.fullmatch(text) else f"({text})"


def _spaced(text: str) -> str:
    """Single blanks; on both sides of a product sign between two factors, none after one that stands for an operation itself."""
    text = " ".join(text.split())
    text = re.sub(r"(?<=[\w)\]}⟩\u0302-\u0304])\s*([·⊗×])\s*(?=[\w(\[{⟨√∇-])", r" \1 ", text)
    text = re.sub(r"(?<! )([·⊗×]) +(?=\w)", r"\1", text)
    return re.sub(r" +([,;])", r"\1", text)
