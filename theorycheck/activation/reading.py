"""Text to a syntax tree and exact numbers; and what a reader says when it refuses: the place, what is wrong there, what to write."""

from __future__ import annotations

import ast
import difflib

from sympy import Rational

from theorycheck.activation.language import ALIASES, FUNCTIONS, exact_number
from theorycheck.errors import InputError

MAX_LENGTH = 10_000
MAX_DEPTH = 60
MAX_NODES = 600


class Reading:
    """A text that is being read."""

    def __init__(self, text: str, variable: str, parameters: dict[str, Rational]):
        self.original, self.variable, self.parameters = text, variable, parameters
        self.text = text.replace("^", "**")

    def fail(self, message: str, node: ast.AST | None = None, place: int | None = None) -> InputError:
        if node is not None and place is None:
            place = getattr(node, "col_offset", 0)
        if place is None:
            return InputError(message)
        place -= self.text[:place].count("**") - self.original[:place].count("**") if "^" in self.original else 0
        shown = self.original[max(0, place - 20) : place + 20].replace("\n", " ")
        return InputError(f"at character {place + 1} (near {shown!r}): {message}")

    def check_text(self) -> None:
        text = self.text
        if not text.strip():
            raise InputError(f"the expression is empty; write a function of {self.variable}, for example max({self.variable}, 0)")
        if len(text) > MAX_LENGTH:
            raise InputError(f"the expression has {len(text)} characters; theorycheck reads at most {MAX_LENGTH}: shorten it")
        depth = 0
        for place, char in enumerate(text):
            depth += (char in "([") - (char in ")]")
            if depth > MAX_DEPTH:
                raise self.fail(f"brackets are nested more than {MAX_DEPTH} deep; write a flatter expression", place=place)
            if not (char.isascii() and (char.isprintable() or char in "\n\t")):
                raise self.fail(f"the character {char!r} is not read; write plain ASCII such as x*Phi(x)", place=place)
        self.text = text.lstrip()
        self.original = self.original.lstrip()

    def tree(self) -> ast.expr:
        """The syntax tree of the text, which is not too large."""
        self.check_text()
        try:
            tree = ast.parse(self.text.strip().replace("\n", " "), mode="eval").body
        except SyntaxError as error:
            message = "the expression is not complete; close every bracket and write * for products, for example 2*x"
            raise self.fail(message, place=max(0, min(len(self.text) - 1, (error.offset or 1) - 1))) from None
        except (ValueError, MemoryError, RecursionError):
            raise self.fail("the expression cannot be read; write something like where(x > 0, x, exp(x) - 1)", place=0) from None
        if (size := sum(1 for node in ast.walk(tree) if isinstance(node, ast.expr))) > MAX_NODES:
            raise self.fail(f"the expression has {size} parts; theorycheck reads at most {MAX_NODES}: shorten it", place=0)
        return tree

    def number(self, node: ast.Constant) -> Rational:
        literal = ast.get_source_segment(self.text.replace("\n", " "), node) or ""
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise self.fail(f"{literal[:20]!r} is not a real number; write a decimal such as 0.5", node)
        try:
            return exact_number(literal)
        except InputError as error:
            raise self.fail(f"{error}", node) from None

    def unknown_function(self, node: ast.AST, name: str) -> InputError:
        near = [ALIASES[name]] if name in ALIASES else difflib.get_close_matches(name, FUNCTIONS, 1)
        hint = f"write {near[0]}" if near else f"write one of {', '.join(FUNCTIONS)}"
        return self.fail(f"{name!r} is not a function that theorycheck knows; {hint}", node)
