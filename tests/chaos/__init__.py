"""Money safety under fire: the real handlers against the simulator, with every fault that production knows. Never deployed.

`python -m tests.chaos --payments 2000 --seed 1` (`make chaos`) runs it and judges it by the simulator's ledger. Its parts:
the table of functions (functions), the ports with trouble at every step (ports, trouble), what processes share (board,
notes), the processes (worker, alipay, stack), the callers (callers, customers, teller, scripts, errands) and the consumers
of events (consumers), who moves time (conductor), and the judge (books, judge, once, orders, waiting, kept, agreements), and
what a run met (behaviours).
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

for _layer in ("signing", "autodebit"):
    _path = str(ROOT / "layers" / _layer)
    if _path not in sys.path:
        sys.path.append(_path)
