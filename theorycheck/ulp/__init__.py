"""An implementation against the exact function: errors in units in the last place, wrong signs, lost monotonicity."""
