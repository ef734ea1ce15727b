"""python tests/build_loop.py    makes nbhelpers/loop.wasm from loop.c

with the compiler that `pip install -e ".[build]"` brings. The same bytes come out on every system; a test says so.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "nbhelpers"
# Pairs of numbers, but nothing that would let the compiler round in another way: no fused products, no fast math. Two
# gigabytes at the most, and no more of a stack than the loop needs.
COMMAND = """
    -target wasm32-freestanding -mcpu=generic+simd128 -O3 -ffp-contract=off -nostdlib -Wall -Wextra -Werror
    -Wl,--no-entry -Wl,--export=__heap_base -Wl,--strip-all -Wl,--max-memory=2147483648 -Wl,-z,stack-size=65536
""".split()


def build():
    """The bytes of a loop.wasm made anew."""
    with tempfile.TemporaryDirectory() as folder:
        # A cache of its own: one that another version filled, or a read-only home, cannot get in the way.
        caches = {name: folder for name in ("ZIG_LOCAL_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR")}
        target = Path(folder) / "loop.wasm"
        command = [sys.executable, "-m", "ziglang", "cc", *COMMAND, "-o", str(target), "loop.c"]
        if subprocess.run(command, cwd=PACKAGE, env=os.environ | caches).returncode:
            sys.exit("loop.wasm is left as it was. If the compiler is not installed: pip install -e '.[build]'")
        return target.read_bytes()


if __name__ == "__main__":
    (PACKAGE / "loop.wasm").write_bytes(build())
