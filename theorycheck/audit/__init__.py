"""Printed constants against certified ones: the functionals that code and papers print, and whether a print is a correct rounding."""
