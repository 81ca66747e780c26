"""What a simulate rung records: estimates from samples, sweeps of seeded trials, the shape of an observation, and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from theorycheck.claims.claim import Claim, ClaimError
from theorycheck.claims.evidence import Evidence
from theorycheck.claims.figure import Figure
from theorycheck.claims.sweeps import Sweeps, listed_settings
from theorycheck.verdict import Verdict


class Trial(Evidence):
    """The argument of a simulate rung: `rng`, the sizes of the scale as attributes, estimates and figures.

    Args:
        claim, drop, seed: as for all evidence.
        scale: "quick" or "full".
        sizes: the keys of `quick` or `full`.
        sweeps: how sweeps are carried out.
    """

    def __init__(self, claim: Claim, drop: str | None, seed: int, scale: str, sizes: Mapping[str, Any], sweeps: Sweeps):
        super().__init__(claim, "simulate", drop, seed)
        self.scale, self.seed = scale, seed
        self.figures: list[Figure] = []
        self._estimates = 0
        self._trials_only = True
        self._sweep_of: dict[str, tuple[Any, str]] = {}
        self._sizes, self._sweeps = dict(sizes), sweeps
        taken = [name for name in sizes if hasattr(type(self), name) or name in vars(self)]
        if taken:
            raise ClaimError(f"{claim.id}: the sizes of simulate cannot be called {', '.join(taken)}; write another name")

    def __getattr__(self, name: str) -> Any:
        sizes = self.__dict__.get("_sizes", {})
        if name in sizes:
            return sizes[name]
        raise AttributeError(f"the trial has no {name}; simulate(quick=..., full=...) gives it {', '.join(sizes) or 'nothing'}")

    def estimate(
        self,
        sampler: Callable[[Any, int], Any],
        theory: Any,
        detect: float,
        bounds: tuple[float, float] | None = None,
        variance: Any = None,
        label: str = "",
        samples: int | None = None,
        proxy: Any = None,
    ) -> Any:
        """Compare a theory with the mean of independent samples, drawn until they decide or the budget is spent.

        Args:
            sampler: `sampler(rng, n)` returns n independent samples whose mean is what the theory states, shape (n,).
            theory: the number that the theory states.
            detect: the deviation that must not go unnoticed.
            bounds: numbers between which every sample surely lies.
            variance: a proved upper bound on the variance of a sample (an Enclosure counts with its upper end).
            label: what is estimated.
            samples: the most samples to draw; by default `trial.samples`.
            proxy: a proved variance proxy of a sub-Gaussian sample (an Enclosure counts with its upper end).

        Returns:
            The Estimate. All estimates of one rung share an error budget of 1e-9.
        """
        from theorycheck.claims.comparison import as_interval
        from theorycheck.claims.estimate import share_of_budget
        from theorycheck.montecarlo.decision import estimate

        if not 0 < detect < float("inf"):
            raise ClaimError(f"{self.claim.id}: detect={detect} is no deviation; write a positive number, the least that must be noticed")
        self._estimates += 1
        self._trials_only = False
        size = self.samples if samples is None else samples
        known = {name: as_interval(value)[1] for name, value in (("variance", variance), ("proxy", proxy)) if value is not None}
        error = share_of_budget(self._estimates)
        found, verdict = estimate(
            sampler, self.rng, as_interval(theory), detect, size, error, bounds, **known, label=label or self.claim.id
        )
        self._record(verdict, label)
        return found

    def true(self, holds: Verdict | bool | None, label: str, grade: str = "sampled") -> bool | None:
        """Record the shape of an observation, for example that one curve lies below another; a Verdict counts with its own scope."""
        if isinstance(holds, Verdict):
            self._trials_only = False
        return super().true(holds, label, grade)

    def sweep(self, run: Callable[..., Mapping[str, Any]], settings: Iterable[Mapping[str, Any]], label: str = "") -> list[dict[str, Any]]:
        """Independent seeded trials, one for each setting.

        Args:
            run: `run(rng, **setting)` does one trial and returns numbers, text, or lists of them, by name; a function at the top
                level of the claim's file.
            settings: the arguments of each trial, dictionaries of numbers, text, or lists of them.
            label: a name for the sweep, needed when a rung has several: under one name they would draw the same random numbers.

        Returns:
            For each setting, in order, the setting together with what `run` returned, NumPy numbers as plain ones. The generator of
            a trial depends on the seed, the claim, the label and the place in the list only; so do the rows, whether the trials ran
            one after another, in several processes, on a cluster, or partly in an earlier run of the command.

        Raises:
            ClaimError: a trial raised, the function is not at the top level of its file, a setting or result is no plain data, a
                result has another value for an argument, or another sweep of the rung has this label.
        """
        listed, text = listed_settings(self.claim, settings, label)
        if self._sweep_of.setdefault(label, (run, text)) != (run, text):
            which = f"label={label!r}" if label else "no label="
            why = "they would draw the same random numbers; write label= with a name of its own for each"
            raise ClaimError(f"{self.claim.id}: two different sweeps of the simulate rung have {which}: {why}")
        return self._sweeps.carry_out(self.claim, run, listed, label, self.seed, self.scale)

    def figure(self, name: str, rows: Sequence[Mapping[str, Any]], **how: Any) -> None:
        """Record a figure: the rows of data behind it and how they are drawn (the arguments of `Figure`)."""
        self.figures.append(Figure(name, tuple(dict(row) for row in rows), **how))

    def verdict(self) -> Verdict:
        """What the findings add up to.

        A Monte Carlo mean over the whole law has scope "all", and so has an observation, whose statement is the experiment. Seeded
        trials of any other statement are instances of it, each finding one, unless the rung says what they cover.
        """
        if self._covers is not None or self._seen or not self.findings:
            return super().verdict()
        self._covers = f"seeded trials, {self.scale} scale"
        found = super().verdict()
        self._covers = None
        if self._trials_only and self.claim.kind != "observation" and found.holds is not None:
            return replace(found, scope="instances", instances=len(self.findings))
        return found
