"""What a run says in the end: by kind of fault, then the line that others read."""

import json
from collections.abc import Iterator

from tests.chaos.conductor import Outcome


def lines(outcome: Outcome, seconds: float) -> Iterator[str]:
    """The report; its last line is the JSON."""
    verdict = outcome.verdict
    wire = outcome.met["calls"] + outcome.met["deliveries"]
    disturbed = sum(outcome.given.values())
    yield ""
    yield (
        f"{outcome.virtual_hours:.1f} virtual hours; {outcome.calls} calls of callers, "
        f"{outcome.no_trusted_answer} without an answer"
    )
    yield f"{outcome.suffered['invocations']} invocations of functions"
    yield "what callers did:"
    yield from (f"    {count:7}  {deed}" for deed, count in sorted(outcome.deeds.items()))
    yield f"{wire} calls and notifications on the wire, {disturbed} disturbed ({disturbed / max(wire, 1):.0%}):"
    for operation, count in sorted(outcome.met.items()):
        if operation not in ("calls", "deliveries"):
            yield f"    {count:7}  {operation}"
    for fault, count in sorted(outcome.given.items()):
        yield f"    {count:7}  {fault}"
    yield "behaviours that code, simulator and suites once left out:"
    yield from (f"    {count:7}  {behaviour}" for behaviour, count in outcome.behaviours.items())
    yield "what the functions suffered besides:"
    for kind, count in sorted(outcome.suffered.items()):
        if kind != "invocations" and count:
            yield f"    {count:7}  {kind}"
    if verdict.anomalies:
        yield "anomalies in the store:"
        for reason, count in verdict.anomalies.most_common():
            yield f"    {count:7}  {reason}"
    for name, found in verdict.faults.items():
        if found:
            yield f"{name.upper().replace('_', ' ')}:"
            yield from (f"    {line}" for line in found[:20])
    yield json.dumps(summary(outcome, seconds))


def summary(outcome: Outcome, seconds: float) -> dict[str, int | float]:
    """The figures of a run."""
    verdict = outcome.verdict
    return {
        "payments": verdict.payments,
        "refunds": verdict.refunds,
        "disturbed": sum(outcome.given.values()),
        "crashes": sum(count for kind, count in outcome.suffered.items() if kind.startswith("killed")),
        **{name: len(found) for name, found in verdict.faults.items()},
        "anomalies": sum(verdict.anomalies.values()),
        "left_to_people": len(verdict.for_people),
        "seconds": round(seconds, 1),
    }
