"""Monte Carlo with stated error rates: streaming moments, confidence sequences, and estimates that stop when they can decide."""
