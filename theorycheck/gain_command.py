"""The command `theorycheck gain`: the numbers behind an initialisation, its critical points, and a line for PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theorycheck.arguments import Command, activation_argument, number_argument

if TYPE_CHECKING:
    from theorycheck.activation.function import Activation
    from theorycheck.enclosure import Enclosure
    from theorycheck.properties.chaos import Edge, FixedPoint
    from theorycheck.properties.landmarks import Landmarks
    from theorycheck.properties.signal import Signal
    from theorycheck.verdict import Verdict

_FORMULAS = {
    "mean": "E[s]",
    "second_moment": "E[s²]",
    "gain": "gain 1/√E[s²]",
    "gain_centred": "centred gain 1/√Var s",
    "backward_gain": "backward gain 1/√E[s'²]",
    "chi_perp": "χ⊥ = E[s'²]/E[s²]",
    "chi_par": "χ∥ = g'(1)/g(1)",
}
_UNDECIDED = 3
#: A closed form longer than this stands in the JSON document only.
_LONGEST = 60
_WIDTH = 26


@click.command(cls=Command)
@click.argument("activation")
@click.option("--sigma-b", "sigma_b", metavar="S", help="Standard deviation of the biases, exact: the edge of chaos is found for it.")
@click.option("--digits", type=click.IntRange(1, 2000), default=15, show_default=True, help="Certified decimal digits.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter, exact: a=0.2 or a=1/5. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def gain(activation: str, sigma_b: str | None, digits: int, params: tuple[str, ...], as_json: bool) -> tuple[Any, int]:
    """Gains of ACTIVATION for initialisation, its critical points and its edge of chaos.

    Weights are N(0, C_W/n) with the fan-in n, biases N(0, C_b); g(K) = E[s(√K z)²], chi_perp = C_W E[s'(√K z)²], chi_par = C_W g'(K).
    """
    from theorycheck.errors import DoesNotExist, InputError, TheorycheckError
    from theorycheck.properties.chaos import correlation_fixed_point, edge_of_chaos
    from theorycheck.properties.landmarks import landmarks, symmetry
    from theorycheck.properties.signal import signal

    f = activation_argument(activation, params)
    spread = None if sigma_b is None else number_argument(sigma_b, "--sigma-b")
    if spread is not None and spread <= 0:
        raise InputError(f"--sigma-b {spread}: write a positive standard deviation; at 0 the edge is the critical point K = 0")
    found = signal(f, digits)
    if "gain" not in found.numbers and not found.spent:
        raise DoesNotExist(f"the gain of {f.name or f.text}: {found.missing['gain']}")

    def attempt(compute: Any) -> Any:
        try:
            return compute()
        except TheorycheckError as error:
            return str(error)

    fixed = attempt(lambda: correlation_fixed_point(f, digits))
    graph = attempt(lambda: landmarks(f, digits))
    remainder = attempt(lambda: symmetry(f))
    edge = None if spread is None else attempt(lambda: edge_of_chaos(f, spread, digits) or f"none found for σ_b = {spread}")
    code = _UNDECIDED if found.spent or isinstance(edge, str) else 0
    if as_json:
        return _document(f, found, fixed, graph, remainder, spread, edge), code
    return "\n".join(_lines(f, found, fixed, graph, remainder, spread, edge, digits)), code


def _document(f: Activation, found: Signal, fixed: Any, graph: Any, remainder: Any, spread: Any, edge: Any) -> dict[str, Any]:
    def part(answer: Any, document: Any) -> Any:
        return {"reason": answer} if isinstance(answer, str) else document(answer)

    document = {
        "activation": f.to_json(),
        "signal": found.to_json(),
        "correlation": part(fixed, lambda p: {"fixed_point": p.r.to_json(), "slope": p.slope.to_json()}),
        "landmarks": part(graph, lambda g: g.to_json()),
        "symmetry": part(remainder, lambda v: v.to_json()),
    }
    if spread is not None:
        point = part(edge, lambda e: {"K": e.K.to_json(), "C_W": e.C_W.to_json(), "unique": e.unique.to_json()})
        document["edge_of_chaos"] = {"sigma_b": str(spread), **point}
    return document


def _lines(
    f: Activation, found: Signal, fixed: FixedPoint | str, graph: Landmarks | str, remainder: Verdict | str, spread: Any,
    edge: Edge | str | None, digits: int,
) -> list[str]:  # fmt: skip
    from theorycheck.pagetext import mathematical

    lines = [f"{f.name or 's'}   s(x) = {mathematical(f.text)}"]
    lines += ["weights N(0, C_W/n), n the fan-in; biases N(0, C_b); g(K) = E[s(√K·z)²]", ""]
    lines += [_row(label, _shown(found.numbers[n]) if n in found.numbers else found.missing[n]) for n, label in _FORMULAS.items()]
    lines += ["", *_criticality(found, digits)]
    if spread is not None and edge is not None:
        lines.append(_row(f"edge of chaos, σ_b = {spread}", edge if isinstance(edge, str) else _edge_text(edge)))
    at = fixed if isinstance(fixed, str) else f"r = {_number(fixed.r, digits)}, slope {_number(fixed.slope, digits)}"
    lines += [_row("correlation map, at gain", at), "", *_graph(graph, digits)]
    lines.append(_row("beside a line", remainder if isinstance(remainder, str) else remainder.reason))
    return [*lines, "", *_pytorch(found)]


def _row(label: str, text: str) -> str:
    return f"{label:<{_WIDTH}} {text}"


def _number(number: Enclosure, digits: int) -> str:
    from theorycheck.decimals import correct_decimal

    return correct_decimal(number, digits)


def _shown(number: Enclosure) -> str:
    from theorycheck.pagetext import mathematical

    exact = number.exact
    text = number.value if number.radius == "0" else f"{number.value} ± {float(number.radius):.1e}"
    return text if exact is None or str(exact) == number.value or len(str(exact)) > _LONGEST else f"{text}   = {mathematical(str(exact))}"


def _criticality(found: Signal, digits: int) -> list[str]:
    if found.criticality is None:
        return [_row("critical points", f"undecided: {found.undecided}")]
    rows = []
    for p in found.criticality.points:
        where = p.kind if p.K is None or p.kind == "K = 0" else f"K = {_number(p.K, digits)}"
        rows.append(_row("critical point", f"{where}, C_W = {_number(p.C_W, digits)}, C_b = {_number(p.C_b, digits)}"))
    verdict = found.criticality.complete
    return [*rows, _row("critical points", f"{verdict.reason} ({verdict.grade or 'undecided'})")]


def _edge_text(edge: Edge) -> str:
    from theorycheck.properties.chaos import sigma_w

    return f"σ_w = {_shown(sigma_w(edge.C_W))}, K = {_shown(edge.K)}; {edge.unique.reason}"


def _graph(graph: Landmarks | str, digits: int) -> list[str]:
    if isinstance(graph, str):
        return [_row("range", f"undecided: {graph}")]

    def bound(extreme: Any, infinite: str) -> str:
        if extreme.value is None:
            return infinite
        where = "not attained" if extreme.at is None else f"at x = {_number(extreme.at, digits)}"
        return f"{_number(extreme.value, digits)} ({where})"

    def end(point: Enclosure | None, infinite: str) -> str:
        return infinite if point is None else _number(point, digits)

    shapes = [f"{word} on ({end(a, '−∞')}, {end(b, '∞')})" for a, b, word in graph.convexity]
    points = ", ".join(_number(p, digits) for p in graph.inflections) or "none"
    return [
        _row("range", f"from {bound(graph.lower, '−∞')} to {bound(graph.upper, '∞')}"),
        _row("inflection points", points),
        _row("shape", "; ".join(shapes)),
    ]


def _pytorch(found: Signal) -> list[str]:
    if "gain" not in found.numbers:
        return []
    size = float(found.numbers["gain"])
    return [
        "PyTorch: second moments are kept when every layer's input is an activation of such a layer:",
        f"torch.nn.init.normal_(layer.weight, std={size!r} / layer.in_features ** 0.5); torch.nn.init.zeros_(layer.bias)",
    ]
