"""What importing costs, by name and as a ratio, and that no module hides a public function."""

import pkgutil
import subprocess
import sys

import pytest

import theorycheck

HEAVY = ("numpy", "sympy", "scipy", "matplotlib", "tensorly", "flint", "mpmath", "joblib")


def modules_after(code: str) -> set[str]:
    report = f"import sys\n{code}\nprint(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in out.stdout.split()}


def test_importing_the_package_loads_nothing_heavy():
    loaded = modules_after("import theorycheck")
    assert not loaded & {*HEAVY, "click"}


def test_the_command_line_loads_only_click():
    loaded = modules_after("import theorycheck.cli")
    assert "click" in loaded
    assert not loaded & set(HEAVY)


def test_every_public_name_loads():
    for name in theorycheck.__all__:
        assert getattr(theorycheck, name) is not None
        assert name in dir(theorycheck)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing_like_it'"):
        theorycheck.nothing_like_it  # noqa: B018


def test_no_module_of_the_package_carries_the_name_of_a_public_function():
    modules = {m.name for m in pkgutil.iter_modules(theorycheck.__path__)}
    assert not modules & set(theorycheck.__all__)
