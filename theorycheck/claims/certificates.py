"""Certificates: a derivation as data that can be redone without the code of its proof file.

One JSON document a line: a header, the steps, a closing line. Each line carries a checksum over itself and the line before, so an
altered, missing, added or moved line is named. Checksums find accidents; what convinces is that every step is decided anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from theorycheck.claims.derivation import DECIDED_BY, Step, decide_stored, verdict_of
from theorycheck.errors import InputError
from theorycheck.verdict import Verdict, refuted, undecided

#: The version of this format; no other is read.
FORMAT = 2
_KIND = "theorycheck certificate"
_HEADER = ("kind", "format", "claim", "statement", "checksum")
_STEP = ("step", "how", "claim", "data", "holds", "checksum")
_CLOSING = ("steps", "outcome", "trusts", "computed", "checksum")
_CITATION = ("id", "statement", "reference")
#: Certificates longer than this in bytes are not read.
LARGEST = 20_000_000


def write_certificate(
    path: Path | str, claim_id: str, steps: Sequence[Step], statement: str = "", computed: Sequence[str] = ()
) -> Path:
    """Write the steps of a derivation to a file.

    Args:
        path: the file; folders are made.
        claim_id: the id of the claim.
        steps: the steps, as `RungResult.steps` has them.
        statement: the claim's statement in LaTeX, for the reader.
        computed: what the code of the rung decides beside its steps, in words; a certificate cannot redo it.

    Returns:
        The path.
    """
    verdict = verdict_of(steps)
    lines = [{"kind": _KIND, "format": FORMAT, "claim": claim_id, "statement": statement}]
    lines += [{"step": n, "how": s.how, "claim": s.claim, "data": s.data, "holds": s.holds} for n, s in enumerate(steps, 1)]
    lines.append({"steps": len(steps), "outcome": verdict.holds, "trusts": list(verdict.trusts), "computed": list(computed)})
    checksum, written = "", []
    for line in lines:
        checksum = _checksum(line, checksum)
        written.append(json.dumps({**line, "checksum": checksum}, ensure_ascii=False))
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(written) + "\n", encoding="utf-8")
    return target


def recheck(path: Path | str) -> Verdict:
    """Redo every step of a certificate.

    Args:
        path: a file that `write_certificate` wrote.

    Returns:
        Holds when the file is whole and every step comes out as recorded (`value` is the recorded outcome: True when the
        derivation shows the claim, False when it refutes it; `trusts` names the lemmas taken on trust; the reason names what the
        code of the claim found besides). Fails, with the step as
        witness, when a line was altered, a step does not hold as recorded, or lines are missing. Undecided when a step of the
        derivation was itself undecided.

    Raises:
        InputError: the file cannot be read, is no certificate, or was written by another version of the format.
    """
    lines = _lines(Path(path))
    header = lines[0]
    if not isinstance(header, dict) or header.get("kind") != _KIND:
        raise InputError(f"{path} is not a certificate; write one with theorycheck check --certificates DIR")
    if header.get("format") != FORMAT:
        raise InputError(f"{path} has format {header.get('format')!r}; this version reads format {FORMAT}: make the certificate again")
    for fault_of in (_fault_of_form, _fault_of_checksums):
        fault = fault_of(lines)
        if fault is not None:
            return fault
    steps: list[Step] = []
    for line in lines[1:-1]:
        found = _redone(line)
        if isinstance(found, Verdict):
            return found
        steps.append(found)
    verdict, closing = verdict_of(steps), lines[-1]
    if closing["outcome"] != verdict.holds or closing["trusts"] != list(verdict.trusts):
        return _altered("closing line", "the outcome or the lemmas trusted do not follow from the steps")
    if verdict.holds is None:
        return undecided(f"{header['claim']}: {verdict.reason}")
    shown = "show the claim" if verdict.holds else f"refute the claim ({verdict.reason})"
    besides = "".join(f"; not redone, from the code of the claim: {reason}" for reason in closing["computed"])
    shown = f"they {shown}" if not besides else f"together with what is not redone they {shown}"
    reason = f"{header['claim']}: {len(steps)} steps redone, each as recorded; {shown}{besides}"
    return Verdict(True, verdict.grade, reason, value=verdict.holds, trusts=verdict.trusts)


def _checksum(line: dict[str, Any], before: str) -> str:
    text = json.dumps(line, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _lines(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is longer than {LARGEST} bytes; that is no certificate")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if not text.strip():
        raise InputError(f"{path} is empty; write a certificate with theorycheck check --certificates DIR")
    return [_parsed(line) for line in text.splitlines()]


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _fault_of_form(lines: list[Any]) -> Verdict | None:
    """The first line that is cut off, missing or of another form."""
    for number, line in enumerate(lines):
        if not isinstance(line, dict):
            return _altered(_name(number), "it is cut off or is not JSON")
        closing = number == len(lines) - 1 and "steps" in line
        keys = _HEADER if number == 0 else _CLOSING if closing else _STEP
        if set(line) != set(keys):
            return _altered(_name(number), f"it has the entries {', '.join(map(str, line))} instead of {', '.join(keys)}")
        if keys is _STEP and (type(line["step"]) is not int or line["step"] != number):
            return _altered(_name(number), f"it is numbered {line['step']!r}: a step was removed, added or moved")
    computed = lines[-1].get("computed", [])
    if not isinstance(computed, list) or not all(isinstance(reason, str) for reason in computed):
        return _altered("closing line", "what the code of the claim computed is not a list of texts")
    if "steps" not in lines[-1] or lines[-1]["steps"] != len(lines) - 2:
        return _altered(_name(len(lines)), "the file ends early: the last steps or the closing line are missing")
    return None


def _fault_of_checksums(lines: list[dict[str, Any]]) -> Verdict | None:
    before = ""
    for number, line in enumerate(lines):
        before = _checksum({key: value for key, value in line.items() if key != "checksum"}, before)
        if line["checksum"] != before:
            return _altered("closing line" if number == len(lines) - 1 else _name(number), "it was altered: its checksum does not fit")
    return None


def _redone(line: dict[str, Any]) -> Step | Verdict:
    """The step decided anew, or what is wrong with it."""
    name, how, data = f"step {line['step']}", line["how"], line["data"]
    if not isinstance(line["claim"], str) or not isinstance(data, dict) or line["holds"] not in (True, False, None):
        return _altered(name, "the data do not make a step")
    if how == "cite":
        if set(data) != set(_CITATION) or not all(isinstance(v, str) and v for v in data.values()) or line["holds"] is not True:
            return _altered(name, "it does not name the lemma that it trusts")
        return Step("cite", data["statement"], data, True, f"taken on trust: {data['reference']}")
    if how not in DECIDED_BY:
        return _altered(name, f"{how!r} is no kind of step")
    try:
        found = decide_stored(how, data)
    except InputError as error:
        return _altered(name, f"the data do not make a step: {error}")
    if found.holds is not line["holds"]:
        word = {True: "holds", False: "does not hold", None: "is undecided"}
        reason = f"by its data {line['claim']!r} {word[found.holds]}, recorded was that it {word[line['holds']]} ({found.reason})"
        return _altered(name, reason)
    return Step(how, line["claim"], data, found.holds, found.reason, found.grade, found.witness)


def _name(number: int) -> str:
    return "header" if number == 0 else f"step {number}"


def _altered(where: str, reason: str) -> Verdict:
    return refuted(f"{where}: {reason}", witness=where)
