"""What every stored record has in common, so that two versions of the code can work on one table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record that the repository stores as an item, or as a part of one.

    During a deployment old and new code run side by side. What the newer one stores must survive a write of the older one,
    so a record carries the attributes that this version does not know, and they are written back with it. They are no part of
    its value: two records that differ in nothing else are equal.
    """

    unknown_attributes: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False, kw_only=True)
