"""A row of the crash suite: what was before, what is killed while doing what, what its caller does afterwards, and the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.crash.steps import Attack, Step, nothing


@dataclass(frozen=True)
class Case:
    """*course* is what the ids end with, which tells the simulator how the story goes."""

    name: str
    attack: Attack
    before: Step
    course: str = ""
    ends: str = field(kw_only=True)
    """Kind and state of what has the id, once its caller has come back. Of money the simulator's ledger has to say the same."""
    lost: str = ""
    """The state instead, where the tokens of an answer to applyToken have died with the process that was to store them."""
    undone: str = ""
    """The state instead, where its process died before anything was stored, and its caller never comes back."""
    sends: str = ""
    """What it sends to Alipay under a lease: a caller who repeats while the lease of the dead sender runs sends nothing."""
    meanwhile: Step = nothing
    """What happens between the crash and the caller's return."""
    returns: int = 1
    """How often callers come back, one lease after the other."""
    least: int = 3
    """How many boundaries there are at least: a case that meets fewer tests nothing."""
    twins: bool = False
    """Whether each has a twin that is killed at the same boundary, and whose caller is never heard of again."""
    told: bool = False
    """Whether Alipay tells: then only its own schedule tells the twins again. At each boundary the table is taken away, too."""
    apart: bool = False
    """Whether each id has a deployment of its own: because all that there is falls due together."""
    soon: bool = False
    """Whether callers repeat at once: what Alipay takes for a repeat for some minutes only."""
    settings: Mapping[str, int] = field(default_factory=dict)
    """What the deployment is set to."""
