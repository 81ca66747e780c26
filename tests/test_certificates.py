"""Certificates: those of true derivations are verified without the proof file, and ten altered ones are rejected by the step."""

import hashlib
import json

import pytest
import sympy
from sympy import Rational, erf, exp, oo, pi, sqrt, symbols

from theorycheck.claims.certificates import recheck, write_certificate
from theorycheck.claims.derivation import Derivation
from theorycheck.claims.lemma import Cited
from theorycheck.errors import InputError

s, t = symbols("s t", real=True)


def derivation() -> Derivation:
    log = Derivation(lambda id: Cited(id, "exchange of sum and expectation", "Rudin, theorem 1.34"))
    log.series(exp(s * t - t**2 / 2), t, [1, s, (s**2 - 1) / 2], "the generating function of the Hermite polynomials")
    log.cite("fubini")
    log.integral(exp(-(t**2) / 2), (t, -oo, oo), sqrt(2 * pi), "the total mass", primitive=sqrt(pi / 2) * erf(t / sqrt(2)))
    log.zero((s + t) ** 2 - s**2 - 2 * s * t - t**2, "the square of a sum")
    log.positive(1 + t**2, "positive", on=(t, 0, 1))
    log.limit(t * exp(-t), t, oo, 0, "the boundary term vanishes")
    return log


@pytest.fixture
def path(tmp_path):
    return write_certificate(tmp_path / "deck" / "demo.derive.jsonl", "demo/sum", derivation().steps, "a = b")


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path, documents, seal=False):
    """Write lines back, with checksums made to fit when `seal`: what somebody would do who alters on purpose."""
    before, out = "", []
    for d in documents:
        if seal:
            plain = {k: v for k, v in d.items() if k != "checksum"}
            text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
            before = hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
            d = {**plain, "checksum": before}
        out.append(json.dumps(d, ensure_ascii=False))
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def test_a_true_certificate_is_verified(path):
    verdict = recheck(path)
    assert verdict.holds is True and verdict.value is True and verdict.trusts == ("fubini",)
    assert verdict.grade == "proved" and "6 steps redone" in verdict.reason


def test_a_derivation_that_refutes_is_verified_as_such(tmp_path):
    log = Derivation()
    log.zero(t - t, "fine")
    log.zero(t**2 - t, "wrong")
    verdict = recheck(write_certificate(tmp_path / "c", "demo/wrong", log.steps))
    assert verdict.holds is True and verdict.value is False and "refute" in verdict.reason


def test_an_open_derivation_stays_open(tmp_path):
    log = Derivation()
    log.limit(sympy.sin(t), t, oo, 0, "oscillates")
    assert recheck(write_certificate(tmp_path / "c", "demo/open", log.steps)).holds is None


def _false_data(d):
    d[4]["data"]["expr"] = ["add", ["int", 1], d[4]["data"]["expr"]]


def _changed_coefficient(d):
    d[1]["data"]["coefficients"][2] = ["rational", 1, 3]


def _renamed_lemma(d):
    d[2]["data"]["id"] = "tonelli"


def _lemma_removed_from_the_closing_line(d):
    d[-1]["trusts"] = []


def _moved(d):
    d[4], d[5] = d[5], d[4]


def _outcome(d):
    d[4]["holds"] = False


def _foreign_function(d):
    d[4]["data"]["expr"] = ["__import__", ["int", 1]]


def _huge(d):
    d[6]["data"]["expr"] = ["pow", ["int", 10], ["pow", ["int", 10], ["int", 10]]]


def _step_turned_into_a_citation(d):
    d[3] = {**d[3], "how": "cite", "data": {"id": "mass", "statement": "the total mass", "reference": ""}}


def _unknown_kind(d):
    d[5]["how"] = "obvious"


def _primitive(d):
    d[3]["data"]["primitive"] = ["int", 1]


SEALED = [
    (_false_data, "step 4"),
    (_changed_coefficient, "step 1"),
    (_lemma_removed_from_the_closing_line, "closing line"),
    (_moved, "step 4"),
    (_outcome, "step 4"),
    (_foreign_function, "step 4"),
    (_huge, "step 6"),
    (_step_turned_into_a_citation, "step 3"),
    (_unknown_kind, "step 5"),
    (_primitive, "step 3"),
    (_renamed_lemma, "closing line"),
]


@pytest.mark.parametrize(("alter", "where"), SEALED, ids=lambda v: getattr(v, "__name__", v))
def test_altered_certificates_are_rejected_by_their_data_though_all_checksums_fit(path, alter, where):
    documents = lines(path)
    alter(documents)
    write(path, documents, seal=True)
    verdict = recheck(path)
    assert verdict.holds is False and verdict.witness == where and verdict.reason.startswith(where)


def _text(d):
    d[4]["claim"] = "the square of a difference"


def _statement(d):
    d[0]["statement"] = "a = c"


def _claim(d):
    d[0]["claim"] = "demo/other"


@pytest.mark.parametrize(
    ("alter", "where"),
    [
        (_text, "step 4"),
        (_statement, "header"),
        (_claim, "header"),
        (_renamed_lemma, "step 2"),
        (_false_data, "step 4"),
        (_changed_coefficient, "step 1"),
    ],
)
def test_what_was_altered_is_named_by_its_checksum(path, alter, where):
    documents = lines(path)
    alter(documents)
    write(path, documents)
    verdict = recheck(path)
    assert verdict.holds is False and verdict.witness == where and "altered" in verdict.reason


@pytest.mark.parametrize(
    ("cut", "where"),
    [
        (lambda text: text[: len(text) * 2 // 3], "step"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "step 7"),
        (lambda text: "\n".join(text.splitlines()[:3]), "step 3"),
        (lambda text: "\n".join(text.splitlines()[:2] + text.splitlines()[3:]), "step 2"),
        (lambda text: text + text.splitlines()[-1] + "\n", "step 7"),
        (lambda text: text.replace('"step": 3', '"step": true'), "step 3"),
        (lambda text: text + "[" * 100_000, "step 7"),
    ],
)
def test_truncated_and_lengthened_files_name_the_step(path, cut, where):
    path.write_text(cut(path.read_text(encoding="utf-8")), encoding="utf-8")
    verdict = recheck(path)
    assert verdict.holds is False and verdict.witness.startswith(where)


def test_other_versions_and_other_files_are_bad_input(path, tmp_path):
    documents = lines(path)
    documents[0]["format"] = 1
    write(path, documents, seal=True)
    with pytest.raises(InputError, match="has format 1; this version reads format 2"):
        recheck(path)
    (tmp_path / "x").write_text("{}")
    with pytest.raises(InputError, match="is not a certificate"):
        recheck(tmp_path / "x")
    (tmp_path / "y").write_text("")
    with pytest.raises(InputError, match="is empty"):
        recheck(tmp_path / "y")
    with pytest.raises(InputError, match="cannot be read"):
        recheck(tmp_path / "none")
    (tmp_path / "z").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        recheck(tmp_path / "z")


def test_long_derivations_are_written_and_rechecked(tmp_path):
    log = Derivation()
    for k in range(1, 201):
        log.zero((s + k * t) * (s - Rational(k) * t) - s**2 + k**2 * t**2, "difference of squares")
    assert recheck(write_certificate(tmp_path / "long", "demo/long", log.steps)).holds is True


def test_what_the_code_of_a_claim_computes_beside_its_steps_is_named_and_not_counted_as_redone(tmp_path):
    path = write_certificate(tmp_path / "c", "demo/sum", derivation().steps, "a = b", ["the map has one fixed point"])
    reason = recheck(path).reason
    assert "together with what is not redone they show the claim; not redone, from the code of the claim: the map has one" in reason
    d = lines(path)
    d[-1]["computed"] = 1
    write(path, d, seal=True)
    assert recheck(path).witness == "closing line"
