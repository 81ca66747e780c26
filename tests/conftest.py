"""Hypothesis profiles: reproducible by default, wide on request (HYPOTHESIS_PROFILE=wide)."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two test processes with a thread for each core would hinder each other

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("wide", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
