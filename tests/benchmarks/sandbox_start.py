"""How fast the simulator starts, side by side with a bare Flask application: from no import to the first answer.

    .tools/dev/bin/python benchmarks/sandbox_start.py [rounds]

Each start is a process of its own, both in turn, so that a busy machine slows both. The keys are made before. What
is measured is what the pytest fixture does: the first time in a process, imports included, and any later time (goal: 300 ms).
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST_ANSWER = """
import http.client
connection = http.client.HTTPConnection("127.0.0.1", port)
connection.request("GET", "/_sandbox/health")
assert connection.getresponse().status == 200
print(json.dumps(time.perf_counter() - began))
"""
SIMULATOR = """
import json, pathlib, sys, time
began = time.perf_counter()
from sandbox.alipay import Config, Simulator
from sandbox.alipay.keyfolder import CLIENT_ID, KeyFolder
keys = KeyFolder(pathlib.Path(sys.argv[1])).fill()
public = {"1": keys.merchant_public.read_text()}
simulator = Simulator(Config(CLIENT_ID, keys.alipay_private.read_text(), public)).start()
port = int(simulator.url.rpartition(":")[2])
"""
AGAIN = (
    SIMULATOR
    + """
simulator.stop()
began = time.perf_counter()
simulator = Simulator(Config(CLIENT_ID, keys.alipay_private.read_text(), public)).start()
port = int(simulator.url.rpartition(":")[2])
"""
)
BARE_FLASK = """
import json, threading, time
began = time.perf_counter()
from flask import Flask
from werkzeug.serving import make_server
import logging
logging.getLogger("werkzeug").disabled = True
app = Flask("bare")
app.get("/_sandbox/health")(lambda: {"status": "ok"})
server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.port
"""


def seconds(program: str, keys: str) -> float:
    command = [sys.executable, "-c", program + FIRST_ANSWER, keys]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as keys:
        for program in (SIMULATOR, BARE_FLASK):  # makes keys and bytecode
            seconds(program, keys)
        pairs = [(seconds(SIMULATOR, keys), seconds(BARE_FLASK, keys)) for _ in range(rounds)]
        again = statistics.median(seconds(AGAIN, keys) for _ in range(rounds)) * 1000
    ours, bare = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"simulator {ours:.0f} ms, bare Flask {bare:.0f} ms, ratio {ratio:.2f} (medians of {rounds} pairs)")
    print(f"a second one in the same process, as each test of a suite has it: {again:.0f} ms")


if __name__ == "__main__":
    main()
