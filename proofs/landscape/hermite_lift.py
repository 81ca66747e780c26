"""From a form in two inner products and the length of x to its Hermite component: exp(−Δ/2).

With v2 = |v|², w2 = |w|², r = ⟨v, w⟩ the Laplacian acts on the exponents alone, so everything stays exact.
"""

from __future__ import annotations

from typing import Any

#: A polynomial in a = ⟨v, x⟩, b = ⟨w, x⟩ and ‖x‖²: {(i, j, l): coefficient of aⁱ bʲ ‖x‖²ˡ}.
Form = dict[tuple[int, int, int], Any]


def laplacian(form: Form, v2: Any, w2: Any, r: Any, dimension: Any) -> Form:
    """Δ(aⁱ bʲ nˡ) = i(i − 1)v2 aⁱ⁻² bʲ nˡ + j(j − 1)w2 aⁱ bʲ⁻² nˡ + 2ij r aⁱ⁻¹ bʲ⁻¹ nˡ + 2l(d + 2l − 2 + 2i + 2j) aⁱ bʲ nˡ⁻¹, n = ‖x‖²."""
    result: Form = {}
    for (i, j, n), c in form.items():
        for key, factor in (
            ((i - 2, j, n), i * (i - 1) * v2),
            ((i, j - 2, n), j * (j - 1) * w2),
            ((i - 1, j - 1, n), 2 * i * j * r),
            ((i, j, n - 1), 2 * n * (dimension + 2 * n - 2 + 2 * i + 2 * j)),
        ):
            if min(key) >= 0 and factor != 0:
                result[key] = result.get(key, 0) + c * factor
    return result


def lifted(part: dict[tuple[int, int], int], degree: int, v2: Any, w2: Any, r: Any, dimension: Any, heat: Any) -> Form:
    """exp(heat·Δ) of the form of that degree which is the part of q on the sphere; heat = −1/2 makes it a Hermite component."""
    term: Form = {(i, j, (degree - i - j) // 2): c for (i, j), c in part.items()}
    total, step = dict(term), 0
    while term:
        step += 1
        term = {key: c * heat / step for key, c in laplacian(term, v2, w2, r, dimension).items()}
        for key, c in term.items():
            total[key] = total.get(key, 0) + c
    return total


def value_of(form: Form, v: Any, w: Any, x: Any) -> Any:
    """The form at x, from coordinates."""
    a, b, n = sum(p * q for p, q in zip(v, x, strict=True)), sum(p * q for p, q in zip(w, x, strict=True)), sum(q * q for q in x)
    return sum(c * a**i * b**j * n**m for (i, j, m), c in form.items())
