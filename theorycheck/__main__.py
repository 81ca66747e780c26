"""`python -m theorycheck` is the `theorycheck` command."""

from theorycheck.cli import main

if __name__ == "__main__":
    main()
