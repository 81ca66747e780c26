"""A claim of your own: Stein's identity. Run it with `theorycheck check docs/example_claim.py`."""

from theorycheck.claims import Claim, Instances

claim = Claim(
    "stein-identity",
    title="Stein's identity for activations",
    kind="equality",
    statement=r"\mathbb{E}[z\,s(z)] = \mathbb{E}[s'(z)]",
    assumes=[Instances("activations", lambda rng, count: ["relu", "tanh", "gelu", "softplus", "x**3"][:count])],
    knobs={"factor": 1},
)


@claim.derive
def by_parts(log, k):
    import sympy

    z = sympy.Symbol("z", real=True)
    weight = sympy.exp(-(z**2) / 2)
    log.zero(sympy.diff(weight, z) + k.factor * z * weight, "(s w)' = s' w − z s w for the weight w of N(0, 1)")


@claim.certify
def for_activations(check, k):
    from theorycheck import Activation, expectation, hermite_coefficients

    for name in check.instances(5):
        slope = expectation(Activation(name).derivative(), digits=20)
        check.equal(k.factor * slope.ball, hermite_coefficients(name, 2, digits=20)[1], "E z s(z)")


@claim.simulate(quick={"samples": 100_000}, full={"samples": 10_000_000})
def by_sampling(trial, k):
    trial.estimate(lambda rng, n: rng.standard_normal(n).clip(0) ** 2, theory=k.factor / 2, detect=0.1, variance=1.5, label="ReLU")


claim.mutant("twice the slope", by="certify", factor=2)
claim.mutant("a third of the slope, sampled", by="simulate", factor=1 / 3)
