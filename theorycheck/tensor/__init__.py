"""Hermite moment tensors and their symmetric CP decomposition."""
