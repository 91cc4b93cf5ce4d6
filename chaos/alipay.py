"""The simulator in a process of its own, its clock on the board that all processes share.

`python -m chaos.alipay` reads its settings (JSON, one line) from standard input, prints its address,
and ends with its standard input.
"""

import json
import sys
from pathlib import Path

from chaos.board import Board
from sandbox.alipay import Config, Simulator
from sandbox.alipay.mixture import Mixture


def main() -> None:
    """Run until standard input ends."""
    given = json.loads(sys.stdin.readline())
    board = Board(Path(given.pop("board")))
    config = Config(mixture=Mixture(**given.pop("mixture")), header_time="simulated", **given)
    with Simulator(config) as simulator:
        simulator.clock.follow(board.set_clock)
        print(json.dumps({"url": simulator.url}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
