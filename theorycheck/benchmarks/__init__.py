"""Ratios against peers, run side by side: python -m theorycheck.benchmarks."""
