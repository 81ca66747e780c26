"""The command `theorycheck gain`: the numbers behind an initialisation, its critical points, and a line for PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theorycheck.arguments import DONE, UNDECIDED, Command, activation_argument, number_argument

if TYPE_CHECKING:
    from theorycheck.activation.function import Activation
    from theorycheck.enclosure import Enclosure
    from theorycheck.properties.chaos import Edge
    from theorycheck.properties.correlation_map import FixedPoint
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
#: A closed form longer than this stands in the JSON document only.
_LONGEST = 60
_WIDTH = 26


@click.command(cls=Command)
@click.argument("activation")
@click.option("--sigma-b", "sigma_b", metavar="S", help="Standard deviation of the biases, exact: the edge of chaos is found for it.")
@click.option("--digits", type=click.IntRange(1, 2000), default=15, show_default=True, help="Certified decimal digits.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter, exact: a=0.2 or a=1/5. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@click.option("--budget", type=float, default=60.0, show_default=True, help="Seconds that each part of the answer may take.")
def gain(
    activation: str, sigma_b: str | None, digits: int, params: tuple[str, ...], as_json: bool, budget: float
) -> tuple[Any, int]:  # fmt: skip
    """Gains of ACTIVATION for initialisation, its critical points and its edge of chaos.

    Weights are N(0, C_W/n) with the fan-in n, biases N(0, C_b); g(K) = E[s(√K z)²], chi_perp = C_W E[s'(√K z)²], chi_par = C_W g'(K).
    Exit code 3: a part of the answer is undecided.
    """
    from theorycheck.errors import DoesNotExist, InputError, TheorycheckError, Undecided
    from theorycheck.limits import Budget
    from theorycheck.properties.chaos import edge_of_chaos, require_spread
    from theorycheck.properties.correlation_map import correlation_fixed_point
    from theorycheck.properties.landmarks import landmarks, symmetry
    from theorycheck.properties.signal import signal

    if not 0 < budget < float("inf"):
        raise InputError(f"--budget {budget}: write a positive number of seconds, for example 60")
    f = activation_argument(activation, params)
    spread = None if sigma_b is None else number_argument(sigma_b, "--sigma-b")
    if spread is not None:
        require_spread(spread, "--sigma-b")
    found = signal(f, digits, Budget(budget))
    if "gain" not in found.numbers and not found.spent:
        raise DoesNotExist(f"the gain of {f.name or f.text} {found.missing['gain']}")
    undecided = found.spent or (not f.jumps and (found.criticality is None or found.criticality.complete.holds is None))

    def attempt(compute: Any) -> Any:
        nonlocal undecided
        try:
            return compute()
        except TheorycheckError as error:
            undecided |= isinstance(error, Undecided)
            return f"undecided: {error}" if isinstance(error, Undecided) else str(error)

    fixed = attempt(lambda: correlation_fixed_point(f, digits, Budget(budget)))
    graph = attempt(lambda: landmarks(f, digits))
    remainder = attempt(lambda: symmetry(f))
    edge = None if spread is None else attempt(lambda: edge_of_chaos(f, spread, digits, Budget(budget)))
    undecided |= edge is not None and not isinstance(edge, str) and edge.complete.holds is None
    code = UNDECIDED if undecided else DONE
    if as_json:
        return _document(f, found, fixed, graph, remainder, spread, edge), code
    return "\n".join(_lines(f, found, fixed, graph, remainder, spread, edge, digits)), code


def _document(f: Activation, found: Signal, fixed: Any, graph: Any, remainder: Any, spread: Any, edge: Any) -> dict[str, Any]:
    def part(answer: Any) -> Any:
        return {"reason": answer} if isinstance(answer, str) else answer.to_json()

    document = {
        "activation": f.to_json(),
        "signal": found.to_json(),
        "correlation": part(fixed),
        "landmarks": part(graph),
        "symmetry": part(remainder),
    }
    if spread is not None:
        document["edge_of_chaos"] = {"sigma_b": str(spread), **part(edge)}
    return document


def _lines(
    f: Activation, found: Signal, fixed: FixedPoint | str, graph: Landmarks | str, remainder: Verdict | str, spread: Any,
    edge: Edge | str | None, digits: int,
) -> list[str]:  # fmt: skip
    from theorycheck.pagetext import mathematical

    lines = [f"{f.name or 's'}   s(x) = {mathematical(f.text)}"]
    lines += ["weights N(0, C_W/n), n the fan-in; biases N(0, C_b); g(K) = E[s(√K·z)²]", ""]
    lines += [_row(label, _shown(found.numbers[n]) if n in found.numbers else found.missing[n]) for n, label in _FORMULAS.items()]
    lines += ["", *_criticality(found, digits, bool(f.jumps))]
    if edge is not None:
        lines += _edge(edge, spread)
    lines += [_row("correlation map, at gain", fixed if isinstance(fixed, str) else _fixed(fixed, digits)), "", *_graph(graph, digits)]
    lines.append(_row("beside a line", remainder if isinstance(remainder, str) else remainder.reason))
    return [*lines, "", *_pytorch(found)]


def _fixed(point: FixedPoint, digits: int) -> str:
    where = "every r" if point.r is None else f"r = {_number(point.r, digits)}"
    return f"{where}, slope {_number(point.slope, digits)}"


def _row(label: str, text: str) -> str:
    return f"{label:<{_WIDTH}} {text}"


def _number(number: Enclosure, digits: int) -> str:
    from theorycheck.decimals import correct_decimal

    return correct_decimal(number, digits)


def _shown(number: Enclosure) -> str:
    from fractions import Fraction

    from theorycheck.decimals import as_fraction
    from theorycheck.pagetext import mathematical

    exact = number.exact
    rational = exact is not None and exact.is_Rational and Fraction(number.value) == as_fraction(exact)
    text = number.value if rational or number.radius == "0" else f"{number.value} ± {float(number.radius):.1e}"
    return text if exact is None or str(exact) == number.value or len(str(exact)) > _LONGEST else f"{text}   = {mathematical(str(exact))}"


def _criticality(found: Signal, digits: int, jumps: bool) -> list[str]:
    if found.criticality is None:
        return [_row("critical points", f"{'' if jumps else 'undecided: '}{found.undecided}")]
    rows = []
    for p in found.criticality.points:
        where = p.kind if p.K is None or p.kind == "K = 0" else f"K = {_number(p.K, digits)}"
        rows.append(_row("critical point", f"{where}, C_W = {_number(p.C_W, digits)}, C_b = {_number(p.C_b, digits)}"))
    verdict = found.criticality.complete
    return [*rows, _row("critical points", f"{verdict.reason} ({verdict.grade or 'undecided'})")]


def _edge(edge: Edge | str, spread: Any) -> list[str]:
    label = f"edge of chaos, σ_b = {spread}"
    if isinstance(edge, str):
        return [_row(label, edge)]
    from theorycheck.properties.chaos import sigma_w

    rows = []
    for p in edge.points:
        alone = "" if edge.complete.holds else f"; {p.isolated.reason}"
        rows.append(_row(label, f"σ_w = {_shown(sigma_w(p.C_W))}, K = {_shown(p.K)}{alone}"))
    return [*rows, _row(label, f"{edge.complete.reason} ({edge.complete.grade or 'undecided'})")]


def _graph(graph: Landmarks | str, digits: int) -> list[str]:
    if isinstance(graph, str):
        return [_row("range", graph)]

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
