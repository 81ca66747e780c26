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
    step = sympy.diff(sympy.exp(-(z**2) / 2), z) + k.factor * z * sympy.exp(-(z**2) / 2)
    log.zero(step, "(s w)' = s' w − z s w for the weight w of N(0, 1)")
    log.cite("fundamental-theorem-of-calculus")  # the integral of (s w)' is 0


@claim.certify
def for_activations(check, k):
    from theorycheck import Activation, expectation, hermite_coefficients

    for s in check.instances(5):
        check.equal(k.factor * expectation(Activation(s).derivative(), 20).ball, hermite_coefficients(s, 2, 20)[1], "E z s(z)")


@claim.simulate(quick={"samples": 100_000}, full={"samples": 10_000_000})
def by_sampling(trial, k):
    trial.estimate(lambda rng, n: rng.standard_normal(n).clip(0) ** 2, theory=k.factor / 2, detect=0.1, variance=1.5, label="ReLU")


claim.mutant("twice the slope", by="certify", factor=2)
claim.mutant("half the slope", by="simulate", factor=0.5)
