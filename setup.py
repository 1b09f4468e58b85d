"""The one thing that setup.cfg cannot say: the optional compiled kernel of the tally.

Without a compiler the install goes on, and counting takes the portable path.
"""

from setuptools import Extension, setup

KERNEL = Extension(
    "pb.tally.kernel._kernel",
    sources=["pb/tally/kernel/shares.c", "pb/tally/kernel/scan.c"],
    # No option may change what an addition means: the error bounds count on IEEE arithmetic.
    extra_compile_args=["-std=gnu11", "-O3", "-ffp-contract=off"],
    optional=True,
)

setup(ext_modules=[KERNEL])
