"""``python -m tests.surveys.protocol.oracle [cases]``."""

import sys

from tests.surveys.protocol.oracle import compare

cases = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
compare(cases)
print(f"{cases} cases each way: no difference")
