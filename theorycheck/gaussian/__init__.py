"""Everything under N(0, 1): exact, certified and float expectations, Hermite coefficients, ρ and the dual activation."""
