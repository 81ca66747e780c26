"""The catalogue: activation functions that people name, as data. Nothing else in the code depends on a name.

An entry is a text for the parser, like one that a user types; adding an activation is adding a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True)
class Entry:
    """One named activation.

    Args:
        name: the name that theorycheck prints.
        text: the expression in `x`, in the language of the parser.
        parameters: default values as exact text.
        aliases: other spellings, as libraries use them; case and underscores do not matter.
        source: where it comes from, or "elementary".
    """

    name: str
    text: str
    source: str
    aliases: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)


_ELEMENTARY = "elementary"
_RELU = "Nair & Hinton, ICML 2010"
_RECOVERY = "Zhong, Song, Jain, Bartlett & Dhillon, ICML 2017 (talk: the activations of its table)"
_MOBILENET = "Howard et al., arXiv:1905.02244"
_SHRINK = "Donoho & Johnstone, Biometrika 81 (1994)"
_GELU = "Hendrycks & Gimpel, arXiv:1606.08415"

#: Every named activation, in the order in which it is listed.
ENTRIES: tuple[Entry, ...] = (
    Entry("linear", "x", _ELEMENTARY, ("identity",)),
    Entry("quadratic", "x**2", _ELEMENTARY, ("square",)),
    Entry("cubic", "x**3", _ELEMENTARY, ("cube",)),
    Entry("relu", "max(x, 0)", _RELU, ("rectifier", "rectified_linear", "ramp")),
    Entry("leaky_relu", "where(x > 0, x, a*x)", "Maas, Hannun & Ng, ICML workshop 2013", ("lrelu",), {"a": "1/100"}),
    Entry("squared_relu", "max(x, 0)**2", _RECOVERY, ("relu2", "relu_squared", "square_relu", "sqrrelu")),
    Entry("relu6", "min(max(x, 0), 6)", "Krizhevsky, technical report, University of Toronto 2010"),
    Entry("abs", "abs(x)", _ELEMENTARY, ("absolute", "absolute_value")),
    Entry("step", "step(x)", "McCulloch & Pitts, Bull. Math. Biophysics 5 (1943)", ("heaviside", "binary_step", "unit_step")),
    Entry("sign", "sign(x)", _ELEMENTARY, ("signum", "sgn")),
    Entry("sigmoid", "sigmoid(x)", _ELEMENTARY, ("logistic", "expit")),
    Entry("tanh", "tanh(x)", _ELEMENTARY, ("hyperbolic_tangent",)),
    Entry("erf_integral", "sqrt(pi)/2*erf(x)", _RECOVERY, ("erf_unnormalized",)),
    Entry("erf", "erf(x)", "Williams, NIPS 1997", ("error_function",)),
    Entry("softplus", "softplus(beta*x)/beta", "Dugas, Bengio, Bélisle, Nadeau & Garcia, NIPS 2000", (), {"beta": "1"}),
    Entry("elu", "where(x > 0, x, alpha*expm1(x))", "Clevert, Unterthiner & Hochreiter, arXiv:1511.07289", (), {"alpha": "1"}),
    Entry("celu", "where(x > 0, x, alpha*expm1(x/alpha))", "Barron, arXiv:1704.07483", (), {"alpha": "1"}),
    Entry(
        "selu",
        "scale*where(x > 0, x, alpha*expm1(x))",
        "Klambauer, Unterthiner, Mayr & Hochreiter, arXiv:1706.02515",
        (),
        {"alpha": "1.6732632423543772848170429916717", "scale": "1.0507009873554804934193349852946"},
    ),
    Entry("gelu", "x*Phi(x)", _GELU, ("gelu_exact", "gelu_erf")),
    Entry("gelu_tanh", "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))", _GELU, ("gelu_new", "gelu_pytorch_tanh")),
    Entry("quick_gelu", "x*sigmoid(1.702*x)", _GELU, ("gelu_sigmoid",)),
    Entry("silu", "x*sigmoid(beta*x)", "Elfwing, Uchibe & Doya, arXiv:1702.03118", ("swish", "sigmoid_linear"), {"beta": "1"}),
    Entry("mish", "x*tanh(softplus(x))", "Misra, arXiv:1908.08681"),
    Entry("serf", "x*erf(softplus(x))", "Nag & Bhattacharyya, arXiv:2108.09598"),
    Entry("lisht", "x*tanh(x)", "Roy, Manna, Dubey & Chaudhuri, arXiv:1901.05894"),
    Entry("snake", "x + sin(a*x)**2/a", "Ziyin, Hartwig & Ueda, arXiv:2006.08195", (), {"a": "1"}),
    Entry("softsign", "x/(1 + abs(x))", "Bergstra, Desjardins, Lamblin & Bengio, technical report 1337, Université de Montréal 2009"),
    Entry("arctan", "atan(x)", _ELEMENTARY, ("atan",)),
    Entry("sin", "sin(x)", "Sitzmann, Martel, Bergman, Lindell & Wetzstein, arXiv:2006.09661", ("sine",)),
    Entry("cos", "cos(x)", "Rahimi & Recht, NIPS 2007", ("cosine",)),
    Entry("gaussian", "exp(-x**2)", _ELEMENTARY, ("gauss",)),
    Entry("exp", "exp(x)", _ELEMENTARY, ("exponential",)),
    Entry("hard_tanh", "min(max(x, -1), 1)", "Collobert, thesis, Université de Paris VI 2004"),
    Entry("hard_sigmoid", "min(max(x + 3, 0), 6)/6", _MOBILENET),
    Entry("hard_swish", "x*min(max(x + 3, 0), 6)/6", _MOBILENET, ("hard_silu",)),
    Entry("soft_shrink", "where(x > a, x - a, where(x < -a, x + a, 0))", _SHRINK, ("soft_threshold",), {"a": "1/2"}),
    Entry("hard_shrink", "where(abs(x) > a, x, 0)", _SHRINK, ("hard_threshold",), {"a": "1/2"}),
    Entry("tanh_shrink", "x - tanh(x)", _ELEMENTARY),
    Entry("log_sigmoid", "-softplus(-x)", _ELEMENTARY),
    Entry("log_cosh", "log(cosh(x))", _ELEMENTARY),
    Entry("squareplus", "(x + sqrt(x**2 + b))/2", "Barron, arXiv:2112.11687", (), {"b": "4"}),
    Entry("bent_identity", "(sqrt(x**2 + 1) - 1)/2 + x", _ELEMENTARY),
)


def _key(name: str) -> str:
    return name.replace("_", "").lower()


_BY_KEY: dict[str, Entry] = {_key(name): entry for entry in ENTRIES for name in (entry.name, *entry.aliases)}


def lookup(name: str) -> Entry | None:
    """The entry of that name or alias, or None.

    Args:
        name: one word, as PyTorch, JAX or Keras spell it; case and underscores do not matter.

    >>> lookup("SiLU").text, lookup("swish").name, lookup("LeakyReLU").parameters
    ('x*sigmoid(beta*x)', 'silu', {'a': '1/100'})
    >>> lookup("x*Phi(x)") is None
    True
    """
    return _BY_KEY.get(_key(name)) if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) else None


def nearest(name: str) -> str | None:
    """The catalogue name that a misspelt one is closest to, or None when nothing is close.

    >>> nearest("gleu"), nearest("qqqqqq")
    ('gelu', None)
    """
    close = get_close_matches(_key(name), list(_BY_KEY), n=1, cutoff=0.6)
    return _BY_KEY[close[0]].name if close else None
