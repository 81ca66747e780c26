"""‖∇L‖²/s − ΔL of random networks at large radii, in floats: along cancelling and random directions."""

from __future__ import annotations

from typing import Any

from network_losses import instances, loss_of, suprema_cached


def far_out(trial: Any, activations: tuple[str, ...], places: list[dict[str, float]]) -> None:
    """It is positive, and at least a quarter of λ²R²/s, for trial.networks networks at places {"radius", "strength" or "relative"}."""
    shared = {"activations": list(activations)}
    settings = [{"number": number, **shared, **place, "s": s} for number in range(trial.networks) for place in places for s in (0.1, 10.0)]
    rows = trial.sweep(trial_of, settings)
    trial.true(all(r["least"] > 0 for r in rows), "the quantity is positive far out, along cancelling and random directions")
    trial.true(all(r["least"] >= 0.25 * r["strength"] ** 2 * r["radius"] ** 2 / r["s"] for r in rows), "at least a quarter of λ²R²/s")


def trial_of(
    rng: Any, activations: list[str], number: int, radius: float, s: float, relative: float = 0.0, strength: float = 0.0
) -> dict[str, float]:
    """One network: the least of ‖∇L‖²/s − ΔL over its own direction and random ones, at a given radius.

    λ is `strength`, or `relative` times M_D L (B_x‖a‖)². The network depends on its number only.
    """
    import numpy as np

    case = list(instances(np.random.default_rng(number), number + 1, tuple(activations)))[number]
    reach = np.linalg.norm(case["inputs"], axis=1).max() * np.linalg.norm(case["outer"])
    if relative:
        strength = relative * (float(suprema_cached(case["activation"])["slope"]) * reach) ** 2
    loss = loss_of(case, float(strength))
    directions = [case["direction"], *rng.standard_normal((10, *case["direction"].shape))]
    least = min(loss.villani(radius * w / np.linalg.norm(w), s) for w in directions)
    return {"least": float(least), "strength": float(strength)}
