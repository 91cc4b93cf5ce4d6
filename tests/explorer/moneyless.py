"""What the models of declarations and registrations share: requests that move no money, each with one record at Alipay.

Callers send, repeat, inquire and take a new id when they are told to; Alipay keeps a record of what it has accepted. The record
may also be another system's, under the same id.
"""

from abc import abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from autodebit.clock import DAY, SECOND, Instant
from autodebit.responses import Response
from autodebit.runtime import Runtime
from tests.explorer.keys import items_key
from tests.explorer.oracle import Oracle
from tests.explorer.scenarios import Scenario
from tests.explorer.stage import CALL, NOTIFICATION, POLL, Stage
from tests.support.memory_table import Snapshot, TypedItem

if TYPE_CHECKING:
    from tests.explorer.request_checks import RequestChecks

LATE = 60 * SECOND
"""A request that was not answered is acted on within this time, or never."""
_PAST_ALL_RECHECKS = 12 * DAY
_MOST_POLLS = 60
_A_WHILE = 6 * 60 * SECOND
_ALL = "in the end Alipay acts on all that it has, and pollers run for days"
_NOTHING_MORE = "in the end Alipay acts on nothing more, and pollers run for days"
BEGIN = 1_800_000_000_000
FIRST = "A"
"""The data that callers send first; B corrects them."""


@dataclass(frozen=True, slots=True)
class Record:
    """What Alipay has under one id: in process, or come to its end."""

    state: str
    ours: bool = True
    data: str = FIRST
    called_at: Instant = 0
    """When it was last called for: of declarations that decides what a further call is."""


@dataclass(frozen=True, slots=True)
class Late:
    """A request that Alipay has and has not acted on: it may do so in any later step, or never."""

    identity: str
    data: str
    since: Instant


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification that Alipay may deliver: now, later, again, or never."""

    identity: str
    state: str
    ours: bool = True


@dataclass(slots=True)
class RequestScene:
    """One state. Its parts are replaced, never changed in place, except by the step that owns the copy."""

    now: int
    items: Snapshot = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    late: tuple[Late, ...] = ()
    letters: tuple[Letter, ...] = ()
    corrected: frozenset[str] = frozenset()
    """The ids that callers have sent other data under."""
    told: frozenset[str] = frozenset()
    """The ids in place of which callers may take another one."""
    announced: dict[str, str] = field(default_factory=dict)
    """The state that the last event of each id has told."""
    budgets: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "RequestScene":
        """The same, to be changed by a step."""
        return replace(
            self,
            items=dict(self.items),
            records=dict(self.records),
            announced=dict(self.announced),
            budgets=dict(self.budgets),
        )

    def key(self, kind: str, *, at_the_end: bool = False) -> Hashable:
        """Equal for scenes that cannot be told apart by what follows."""
        now = self.now
        return (
            items_key(self.items, now, (f"{kind}#",)),
            tuple(
                sorted(
                    (name, one.state, one.ours, one.data, max(one.called_at - now, -_A_WHILE))
                    for name, one in self.records.items()
                )
            ),
            tuple(sorted((one.identity, one.data, one.since - now) for one in self.late)),
            () if at_the_end else frozenset(self.letters),
            tuple(sorted(self.announced.items())),
            () if at_the_end else (self.corrected, self.told, tuple(self.budgets.items())),
        )


class RequestPlay(Stage[RequestScene]):
    """One step of such a model."""

    KIND: ClassVar[str]
    PREFIX: ClassVar[str]
    UNDER_WAY: ClassVar[str]
    """The state of a record that has not come to its end."""
    ENDS: ClassVar[tuple[str, ...]]
    WAITS: ClassVar[Mapping[str, int]]
    checks: "RequestChecks"

    # --- what a model adds

    @abstractmethod
    def run(self, step: str, identity: str, what: str, runtime: Runtime) -> Any:
        """The flow of *step*: send, inquire, poll or notify; *what* is the data or the state of it."""

    @abstractmethod
    def arrive_late(self, late: Late) -> None:
        """Alipay acts on a request that came earlier."""

    def finish_record(self, identity: str, state: str) -> None:
        """A record comes to its end."""
        self.scene.records[identity] = replace(self.scene.records[identity], state=state)

    # --- the judge

    def told(self, kind: str, identity: str, reply: Response) -> None:
        """See Stage."""
        self.checks.told(kind, identity, reply)

    def store_was_away(self, kind: str, identity: str) -> None:
        """See Stage."""
        self.checks.store_was_away(kind, identity)

    def seen(self, before: TypedItem | None, after: TypedItem) -> None:
        """See Stage."""
        self.checks.written(before, after)

    def invoked(self) -> None:
        """See Stage."""
        self.checks.reached = set()

    def nested(self, step: str) -> None:
        """See Stage."""
        reached, self.checks.reached = self.checks.reached, set()
        self.take(step)
        self.checks.reached = reached

    def judge(self) -> None:
        """Judge what is the case between two steps."""
        self.checks.judge()

    def judge_the_end(self) -> None:
        """Judge what is the case once all has come to its end."""
        self.checks.the_end()

    # --- steps

    def ids(self) -> list[str]:
        """The ids that callers may use: one after the other, each only once our word was: take a new one."""
        names = [f"{self.PREFIX}-1"]
        while len(names) < self.scenario.ids and names[-1] in self.scene.told:
            names.append(f"{self.PREFIX}-{len(names) + 1}")
        return names

    def steps(self, *, inside: bool = False) -> list[str]:
        """See Stage."""
        scene, left, moves = self.scene, self.scene.budgets, []
        names = self.ids()
        if left.get("send"):
            moves += [f"send {name} {FIRST}" for name in names]
        if left.get("correct"):
            moves += [f"correct {name} B" for name in names if self.stored(self.KIND, name)]
        if left.get("inquire"):
            moves += [f"inquire {name} now" for name in names]
        if left.get("poll"):
            moves += [f"poll {name} now" for _, name, due in self.due() if not inside or due <= scene.now]
        if left.get("notify"):
            moves += [f"notify {letter.identity} {letter.state}" for letter in scene.letters]
        moves += [f"late {late.identity} {late.data}" for late in scene.late]
        moves += [f"finish {name} {end}" for name in self._under_way() for end in self.ENDS]
        if left.get("wait") and not inside:
            moves += list(self.WAITS)
        return [move for move in moves if move not in self.scenario.without]

    def take(self, step: str) -> None:
        """See Stage."""
        scene = self.scene
        if step in self.WAITS:
            self.say(step)
            scene.budgets["wait"] -= 1
            scene.now += self.WAITS[step]
            return
        name, identity, what = step.split(" ")
        if name in scene.budgets:
            scene.budgets[name] -= 1
        match name:
            case "late":
                self.say(f"Alipay acts on {identity} {what}, which came earlier")
                late = next(one for one in scene.late if (one.identity, one.data) == (identity, what))
                scene.late = tuple(one for one in scene.late if one != late)
                self.arrive_late(late)
            case "finish":
                self.say(f"{identity} comes to its end at Alipay: {what}")
                self.finish_record(identity, what)
            case _:
                self._run(name, identity, what, step)

    def _run(self, name: str, identity: str, what: str, step: str) -> None:
        lasts = {"poll": POLL, "notify": NOTIFICATION}.get(name, CALL)
        if name == "poll":
            due = next(due for _, other, due in self.due() if other == identity)
            step = f"{max(due - self.scene.now, 0) / SECOND:g} s later: {step}"
            self.scene.now = max(due, self.scene.now)
        if name == "correct":
            self.scene.corrected |= {identity}
        self.invoke(step, name, identity, lasts, lambda runtime: self.run(name, identity, what, runtime))

    def after(self) -> None:
        """Judge what is the case now, and let go of requests that are too old to be acted on."""
        scene = self.scene
        scene.late = tuple(late for late in scene.late if scene.now - late.since <= LATE)
        self.judge()

    def end(self) -> None:
        """Everything that is under way ends, and pollers run for days."""
        scene = self.scene
        acts = self.oracle.choose("the end", [_NOTHING_MORE, _ALL] if scene.late or scene.letters else [_ALL]) == _ALL
        self.say(_ALL if acts else _NOTHING_MORE)
        for late in scene.late if acts else ():
            self.take(f"late {late.identity} {late.data}")
        scene.late = ()
        for name in self._under_way():
            self.take(f"finish {name} {self.ENDS[0]}")
        for letter in scene.letters if acts else ():
            self.take(f"notify {letter.identity} {letter.state}")
        until, passed = scene.now + _PAST_ALL_RECHECKS, []
        for _ in range(_MOST_POLLS):
            key = hash(scene.key(self.KIND, at_the_end=True))
            if key in self._ends_well:
                self._ends_well.update(passed)
                return
            passed.append(key)
            due = min(self.due(), key=lambda one: one[2], default=None)
            if due is None or due[2] > until:
                break
            self.take(f"poll {due[1]} now")
        self.judge()
        self.judge_the_end()
        if not self.oracle.noted:
            self._ends_well.update(passed)

    def _under_way(self) -> list[str]:
        return [name for name, one in self.scene.records.items() if one.state == self.UNDER_WAY]

    def item(self, identity: str) -> TypedItem | None:
        """What is stored under that id."""
        return self.stored(self.KIND, identity)


class RequestModel:
    """See tests.explorer.search.Model."""

    def __init__(self, scenario: Scenario, play: RequestPlay) -> None:
        self.name = scenario.name
        self.scenario = scenario
        self._play = play

    def start(self) -> RequestScene:
        """Nothing was sent; with *foreign* another system has used the first id."""
        play, scene = self._play, RequestScene(now=BEGIN, budgets=dict(self.scenario.budgets))
        if self.scenario.foreign:
            name = f"{play.PREFIX}-1"
            scene.records[name] = Record(play.UNDER_WAY, ours=False, called_at=BEGIN - DAY)
        if self.scenario.declared:
            name, scene.budgets = f"{play.PREFIX}-1", {}
            play.begin(scene, Oracle())
            for step in (f"send {name} {FIRST}", f"finish {name} {play.ENDS[0]}", f"inquire {name} now"):
                play.take(step)
            scene.budgets = dict(self.scenario.budgets)
        return scene

    def step(self, state: RequestScene, oracle: Oracle) -> RequestScene | None:
        """See Model."""
        play = self._play
        play.begin(state.copy(), oracle)
        steps = play.steps()
        if not steps:
            return None
        play.take(oracle.choose("step", steps))
        play.after()
        return play.scene

    def key(self, state: RequestScene) -> Hashable:
        """See Model."""
        return state.key(self._play.KIND)

    def finish(self, state: RequestScene, oracle: Oracle) -> None:
        """See Model. A state from which a poller may still run is not ended: the state after that is."""
        if state.budgets.get("poll") and any("due_at" in item for item in state.items.values()):
            return
        scene = state.copy()
        scene.budgets = {}
        self._play.begin(scene, oracle)
        self._play.end()
