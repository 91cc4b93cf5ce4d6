"""What runs on a laptop and is never deployed: the simulator of Alipay, and the local stack."""

import sys
from importlib.util import find_spec
from pathlib import Path

# Run from a checkout, the signature package lies next door.
if find_spec("alipay_signing") is None:
    sys.path.append(str(Path(__file__).parents[1] / "layers" / "signing"))
