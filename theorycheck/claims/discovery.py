"""Finding claims: in the decks that this installation carries, or in the files and folders of a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theorycheck.claims.claim import Claim
from theorycheck.claims.lemma import Lemma
from theorycheck.claims.pool import Pool, Reply
from theorycheck.claims.scan import Declared, Problem, claim_files, scan
from theorycheck.places import proofs_folder

#: Seconds that running a file of claims may take: heavy libraries belong inside the rungs.
LOADING = 20.0


@dataclass(frozen=True)
class VariantFile:
    """A mutant, misprint or control, as its file declares it.

    Args:
        name: what was changed, in words.
        by: the rung that must notice, or None for every rung.
        misprint: for a misprint {"where", "printed", "correct"}.
    """

    name: str
    by: str | None
    misprint: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ClaimFile:
    """A claim that was found, described without its code: it lives in another process until `load` brings it into this one.

    Args:
        id: its id, with the folder.
        file: the file that declares it.
        line: the line of the declaration.
        title, kind, statement, reading, source, assumes, finding, origin, why, guarantees: as in `Claim`, as text.
        rungs: the rungs that it has.
        sizes: name and value of the sizes of its simulate rung at full scale.
        mutants: wrong versions, misprints among them.
        controls: corrected versions.
        lemma: whether it is a lemma, whose check is its only rung.
    """

    id: str
    file: Path
    line: int | None
    title: str
    kind: str = ""
    statement: str = ""
    reading: str | None = None
    source: str | None = None
    assumes: tuple[str, ...] = ()
    finding: str = "holds"
    origin: str = "source"
    why: str | None = None
    guarantees: bool = False
    rungs: tuple[str, ...] = ()
    sizes: tuple[tuple[str, str], ...] = ()
    mutants: tuple[VariantFile, ...] = ()
    controls: tuple[VariantFile, ...] = ()
    lemma: bool = False

    def load(self) -> Claim | Lemma:
        """The claim itself. Its file is run in this process, so it must be one that is trusted to end.

        Raises:
            BrokenClaimFile: the file has changed and cannot be run any more.
        """
        from theorycheck.claims.loading import BrokenClaimFile, load_claims

        loaded = load_claims(self.file)
        found = [lemma for lemma in loaded.lemmas if f"lemmas/{lemma.id}" == self.id] if self.lemma else ()
        for one in (*found, *(claim for claim in loaded.claims if claim.id == self.id)):
            return one
        raise BrokenClaimFile(self.file, self.line, f"{self.id} is no longer declared here")


@dataclass(frozen=True)
class Discovery:
    """What was found.

    Args:
        claims: every claim and lemma, by id.
        problems: files that cannot be read or run, and ids that are declared twice.
        broken: for each problem the ids that its file declares, as far as its text tells.
    """

    claims: dict[str, ClaimFile]
    problems: list[Problem]
    broken: dict[Problem, tuple[tuple[str, str], ...]]


def discover(paths: Sequence[Path] | None = None, jobs: int = 1, timeout: float = LOADING) -> Discovery:
    """Every claim in some files and folders.

    Each file is run in a process that is killed when it does not end; the others go on.

    Args:
        paths: files and folders; by default the decks that this installation carries.
        jobs: processes to run the files in.
        timeout: seconds that one file may take.

    Raises:
        InputError: there is no such path.

    >>> found = discover([proofs_folder() / "recovery"])
    >>> found.problems, found.claims["recovery/rho-table"].finding
    ([], 'refuted')
    """
    files = [file for path in ([proofs_folder()] if paths is None else paths) for file in claim_files(Path(path))]
    with Pool(jobs) as pool:
        return discover_files([scan(file) for file in dict.fromkeys(files)], pool, timeout)


def discover_files(declared: Sequence[Declared], pool: Pool, timeout: float = LOADING) -> Discovery:
    """Every claim in files that were scanned, run in the processes of a pool.

    Args:
        declared: what `scan` read in each file.
        pool: the processes.
        timeout: seconds that one file may take, at most `LOADING`.
    """
    limit = min(timeout, LOADING)
    sound = [d for d in declared if not d.problems]
    replies = pool.ask_all([({"do": "load", "file": str(d.file)}, limit) for d in sound])
    answered = dict(zip([d.file for d in sound], replies, strict=True))
    claims: dict[str, ClaimFile] = {}
    broken: dict[Problem, tuple[tuple[str, str], ...]] = {}
    for d in declared:
        problem = d.problems[0] if d.problems else _problem(d.file, answered[d.file])
        if problem is not None:
            broken[problem] = d.findings or ((_id_from_name(d.file), "holds"),)
            continue
        for claim in _claims_of(d.file, answered[d.file]):
            if claim.id in claims:
                first = claims[claim.id]
                twice = f"{claim.id} is declared twice, first in {first.file}:{first.line}; give each claim its own id"
                broken[Problem(d.file, claim.line, twice)] = ()
            else:
                claims[claim.id] = claim
    return Discovery(claims, list(broken), broken)


def _problem(file: Path, reply: Reply) -> Problem | None:
    if "timed_out" in reply:
        message = f"did not end within {reply['timed_out']:g} s when it was imported; move the work inside a rung"
        return Problem(file, reply["line"], message)
    return Problem(file, reply.get("line"), reply["error"]) if "error" in reply else None


def _id_from_name(file: Path) -> str:
    return f"{file.parent.name or 'claims'}/{file.stem.replace('_', '-')}"


def _claims_of(file: Path, reply: Reply) -> list[ClaimFile]:
    found = [
        ClaimFile(
            id=lemma["id"],
            file=file,
            line=lemma["line"],
            title=lemma["statement"],
            kind="lemma",
            source=lemma["reference"],
            rungs=("certify",),
            mutants=(VariantFile("mutant", "certify"),),
            lemma=True,
        )
        for lemma in reply["lemmas"]
    ]
    return found + [_claim_file(file, dict(claim)) for claim in reply["claims"]]


def _claim_file(file: Path, claim: dict[str, Any]) -> ClaimFile:
    for several in ("mutants", "controls"):
        claim[several] = tuple(VariantFile(**variant) for variant in claim[several])
    for words in ("assumes", "rungs"):
        claim[words] = tuple(claim[words])
    claim["sizes"] = tuple((name, size) for name, size in claim["sizes"])
    return ClaimFile(file=file, **claim)
