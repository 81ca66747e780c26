"""What random expressions are built from: functions that are analytic on the whole line."""

from sympy import asinh, atan, cos, cosh, erf, exp, log, sin, sinh, sqrt, tanh

from theorycheck.activation.functions import Phi, sigmoid, softplus

ENTIRE = [
    exp,
    sin,
    cos,
    tanh,
    sigmoid,
    softplus,
    Phi,
    erf,
    atan,
    asinh,
    sinh,
    cosh,
    lambda u: sqrt(u**2 + 1),
    lambda u: log(1 + u**2),
    lambda u: 1 / (1 + u**2),
]
