"""Programs that measure. Each prints what it measured; none is a test."""

import os

# Before NumPy is loaded: a second thread gains nothing on matrices of this size, and waits for a core that others use.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
