"""A seeded mixture of faults for every call and every delivery: the same seed gives the same call the same fault.

What befalls a call depends on the seed, its operation, the id that it goes by, and how often that was seen before: never on the
order in which calls of different ids arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

_IDS = (
    "refundRequestId", "paymentRequestId", "declarationRequestId", "registrationRequestId", "authenticationRequestId",
    "refundId", "paymentId", "authState", "authCode", "refreshToken", "accessToken",
)  # fmt: skip
_LONGEST_DELAY_SECONDS = 400


def share(*about: object) -> float:
    """A number from 0 to 1 that belongs to *about*."""
    text = "|".join(map(str, about)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") / 2**64


def pick(weights: Mapping[str, float], *about: object) -> str | None:
    """The fault that belongs to *about*, by the share of each; None for none."""
    left = share(*about)
    for name, weight in weights.items():
        if left < weight:
            return name
        left -= weight
    return None


@dataclass
class Mixture:
    """*calls* and *deliveries* give each fault its share (0 to 1); guarded by the simulator's lock.

    A delayed call is answered after *delay_real_seconds*, a delayed delivery comes up to some
    minutes (simulated) late, so that later ones overtake it. ``answer`` gives F of one of *codes* (PROCESS_FAIL) in the place of
    the operation, and no record of the id is kept.
    """

    seed: int
    calls: Mapping[str, float] = field(default_factory=dict)
    deliveries: Mapping[str, float] = field(default_factory=dict)
    delay_real_seconds: float = 0.0
    seconds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """The least and the most simulated seconds of a fault of a call, by its name or by its operation and name."""
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The codes of ``answer``, by operation."""
    met: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def call(self, operation: str, body: Mapping[str, Any]) -> tuple[str, float] | None:
        """The fault of this call, and its seconds; None for none."""
        name, about = self._next("calls", self.calls, operation, body)
        if name is None:
            return None
        least, most = self.seconds.get(f"{operation} {name}", self.seconds.get(name, (0.0, 0.0)))
        long = least + share(*about, "long") * (most - least)
        return name, self.delay_real_seconds if name == "delay" else long

    def code(self, operation: str, body: Mapping[str, Any]) -> str:
        """The code of ``answer`` for this call."""
        codes = self.codes.get(operation) or ("PROCESS_FAIL",)
        return codes[int(share(self.seed, operation, _identity(body), "code") * len(codes))]

    def delivery(self, kind: str, body: Mapping[str, Any]) -> tuple[str, float] | None:
        """The fault of this delivery, and its simulated seconds; None for none."""
        name, about = self._next("deliveries", self.deliveries, kind, body)
        late = 1 + share(*about, "late") * _LONGEST_DELAY_SECONDS
        return (name, late if name == "delay" else 0.0) if name else None

    def describe(self) -> dict[str, Any]:
        """What came by, and what befell it."""
        return {"met": dict(self.met), "given": dict(self.given)}

    def _next(
        self, way: str, weights: Mapping[str, float], operation: str, body: Mapping[str, Any]
    ) -> tuple[str | None, tuple[object, ...]]:
        identity = _identity(body)
        attempt = self._seen[operation, identity]
        self._seen[operation, identity] += 1
        about = (self.seed, operation, identity, attempt)
        name = pick(weights, *about)
        self.met[way] += 1
        self.met[operation] += 1
        if name is not None:
            self.given[f"{way}: {name}"] += 1
        return name, about


def _identity(body: Mapping[str, Any]) -> str:
    """The id that a call or a delivery goes by."""
    return next((str(body[name]) for name in _IDS if body.get(name)), "")
