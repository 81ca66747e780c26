"""Lemmas taken on trust: a statement, a textbook, a numerical check and a mutant; and where citations lead."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from theorycheck.claims.claim import ClaimError
from theorycheck.claims.scan import claim_files
from theorycheck.places import proofs_folder


@dataclass(frozen=True)
class Lemma:
    """A textbook fact that derivations may cite.

    Args:
        id: a short name with dashes, for example "cauchy-schwarz-equality".
        statement: the statement in words or LaTeX, with all its conditions.
        reference: textbook and theorem.
        check: a rung `check(check, k)` that confronts the statement with numbers.
        mutant: the same for a wrong version of the statement, which must come out as failing.

    >>> Lemma("triangle", "|a + b| <= |a| + |b|", "any textbook", check=lambda check, k: None, mutant=lambda check, k: None).id
    'triangle'
    """

    id: str
    statement: str
    reference: str
    check: Callable[..., Any]
    mutant: Callable[..., Any]

    def __post_init__(self) -> None:
        for name in ("id", "statement", "reference"):
            if not getattr(self, name):
                raise ClaimError(f"the lemma {self.id!r} has no {name}; write one")


@dataclass(frozen=True)
class Cited:
    """What a citation resolves to: the id, what it says and where it can be read."""

    id: str
    statement: str
    reference: str


def resolve(id: str, citing: str, file: str) -> Cited:
    """What `log.cite(id)` refers to.

    Args:
        id: of a lemma in a `lemmas.py` or a folder `lemmas` (beside the claim, one folder up, or bundled), or of another claim.
        citing: the id of the claim that cites.
        file: the file of that claim.

    Raises:
        ClaimError: there is no such lemma or claim, or the citation leads back to the claim that cites.
    """
    own = [Path(file).resolve().parent, Path(file).resolve().parent.parent]
    roots = [*own, proofs_folder()]
    known: list[str] = []
    for root in roots:
        lemmas = lemmas_of(root)
        if id in lemmas:
            return Cited(id, lemmas[id].statement, lemmas[id].reference)
        known.extend(lemmas)
    path = _file_of(id, roots)
    if path is None:
        raise ClaimError(f"{citing}: it cites {id!r}, which is neither a lemma nor a claim; write one of {', '.join(dict.fromkeys(known))}")
    circle = _path_to(citing, id, roots)
    if circle:
        raise ClaimError(f"{citing}: it cites itself by way of {' → '.join(circle)}; prove one of them without the others")
    return Cited(id, _title(path), f"the claim {id}")


def lemmas_of(root: Path) -> dict[str, Lemma]:
    """The lemmas that `lemmas.py` and the files of the folder `lemmas` declare at their top level, by id.

    Args:
        root: the folder in which the two are looked for; neither need be there.

    Raises:
        ClaimError: two lemmas share an id.
        BrokenClaimFile: a file cannot be run.
    """
    found: dict[str, Lemma] = {}
    for path in (path for place in (root / "lemmas.py", root / "lemmas") if place.exists() for path in claim_files(place)):
        for lemma in _lemmas(path, path.stat().st_mtime_ns):
            if lemma.id in found:
                raise ClaimError(f"{path}: two lemmas are called {lemma.id!r}; write another id")
            found[lemma.id] = lemma
    return found


@lru_cache(maxsize=32)
def _lemmas(path: Path, changed: int) -> tuple[Lemma, ...]:
    from theorycheck.claims.loading import load_claims  # which knows lemmas itself

    return load_claims(path).lemmas


def _file_of(id: str, roots: list[Path]) -> Path | None:
    """The file of a claim by the naming rule deck/name → deck/name.py with underscores, or a bare name beside the claim."""
    for root in roots:
        path = root.joinpath(*id.replace("-", "_").split("/")).with_suffix(".py")
        if path.is_file():
            return path
    return None


def _path_to(target: str, start: str, roots: list[Path]) -> list[str]:
    """A chain of citations from `start` to `target`, or nothing. Read from the text: running the claims could go round for ever."""
    chains, seen = [[start]], {start}
    while chains:
        chain = chains.pop()
        if chain[-1] == target or target.endswith(f"/{chain[-1]}"):
            return chain
        path = _file_of(chain[-1], roots)
        for cited in citations(path) if path else ():
            if cited not in seen:
                seen.add(cited)
                chains.append([*chain, cited])
    return []


def citations(path: Path) -> tuple[str, ...]:
    """The ids that a file cites, read from its text."""
    calls = [n for n in ast.walk(_tree(path)) if isinstance(n, ast.Call)]
    cites = [n.args[0] for n in calls if isinstance(n.func, ast.Attribute) and n.func.attr == "cite" and n.args]
    return tuple(a.value for a in cites if isinstance(a, ast.Constant) and isinstance(a.value, str))


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise ClaimError(f"{path} cannot be cited: {error}") from None


def _title(path: Path) -> str:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.keyword) and node.arg == "title" and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    return path.stem
