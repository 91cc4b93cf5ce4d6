"""A model checker for the flows: README.md in this folder says what it tries and what it judges.

`python -m tests.explorer --depth 6` (`make explore DEPTH=6`) is the long exploration; a bounded one is part of the tests.
"""

import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]

for _layer in ("signing", "autodebit"):
    _path = str(_ROOT / "layers" / _layer)
    if _path not in sys.path:
        sys.path.append(_path)
