"""Where the files that travel with the package lie: beside it in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from theorycheck.errors import TheorycheckError


def proofs_folder() -> Path:
    """The folder of decks and claims that this installation carries.

    Returns:
        An existing folder: `proofs_data` inside the package, else `proofs` beside the package in a checkout.

    Raises:
        TheorycheckError: the installation is incomplete.

    >>> (proofs_folder() / "lemmas").is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "proofs_data", package.parent / "proofs"):
        if folder.is_dir():
            return folder
    raise TheorycheckError(f"this installation lacks its proofs folder (looked beside and inside {package.name}); reinstall theorycheck")


def audit_file() -> Path:
    """The file of printed constants that this installation carries.

    Raises:
        TheorycheckError: the installation is incomplete.

    >>> audit_file().name
    'audit.toml'
    """
    package = Path(__file__).resolve().parent
    for path in (package / "audit.toml", package.parent / "tables" / "audit.toml"):
        if path.is_file():
            return path
    raise TheorycheckError(f"this installation lacks its file audit.toml (looked beside and inside {package.name}); reinstall theorycheck")
