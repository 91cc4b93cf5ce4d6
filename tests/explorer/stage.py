"""What every model's play is made of: the clock, the choices, the store, and one invocation of a function at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from autodebit.clock import DAY, MINUTE, SECOND
from autodebit.config import Keys
from autodebit.errors import RequestRejected, StoreUnavailable
from autodebit.gateway.client import Alipay
from autodebit.repository import Repository
from autodebit.responses import Response, refusal
from autodebit.runtime import Runtime
from tests.explorer.oracle import Diverged, Excluded, Oracle, Violation
from tests.explorer.scenarios import Scenario
from tests.explorer.store import ChoosingStore, Crash
from tests.support.memory_table import MemoryTable, Snapshot, TypedItem
from tests.support.world import settings

TABLE = "explored"
CALL, POLL, NOTIFICATION = 25 * SECOND, 58 * SECOND, 15 * SECOND
WAITS = {"30 seconds pass": 30 * SECOND, "10 minutes pass": 10 * MINUTE, "3 days pass": 3 * DAY}
NOTHING = "nothing"


class AnyScene(Protocol):
    """What a stage has to know of a state."""

    now: int
    items: Snapshot
    budgets: dict[str, int]


S = TypeVar("S", bound=AnyScene)


class PlainKms:
    """KMS without secrets: what is under test here is money. The context is checked all the same."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        """See KMS."""
        return {"CiphertextBlob": EncryptionContext["item"].encode() + b"\n" + Plaintext}

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        """See KMS."""
        item, plaintext = CiphertextBlob.split(b"\n", 1)
        assert item.decode() == EncryptionContext["item"]
        return {"Plaintext": plaintext}


class Stage(ABC, Generic[S]):
    """Flows on one table, with one scene under way. It is its own clock."""

    KINDS: ClassVar[tuple[str, ...]]
    """The kinds of items whose due times pollers see to."""

    def __init__(self, scenario: Scenario, scene: S) -> None:
        self.scenario = scenario
        self.scene = scene
        self.oracle = Oracle()
        self.table = MemoryTable(TABLE)
        self.store = ChoosingStore(self.table, self)
        self._settings = settings(cancel_open_after=scenario.patience)
        self.repository = Repository(
            self.store,  # type: ignore[arg-type]
            PlainKms(),  # type: ignore[arg-type]
            table=TABLE,
            token_key="key",
            plan=self._settings.plan,
        )
        self._depth = 0
        self._must_record: set[str] = set()
        self._ends_well: set[int] = set()
        """Keys of scenes from which pollers alone lead to a good end."""

    # --- what a model adds

    @property
    @abstractmethod
    def gateway(self) -> Alipay:
        """The Alipay of the model."""

    @abstractmethod
    def steps(self, *, inside: bool = False) -> list[str]:
        """What may happen next; *inside* a call to Alipay no time passes."""

    @abstractmethod
    def take(self, step: str) -> None:
        """Let *step* happen."""

    @abstractmethod
    def told(self, kind: str, identity: str, reply: Response) -> None:
        """A caller hears *reply*."""

    @abstractmethod
    def store_was_away(self, kind: str, identity: str) -> None:
        """A flow has let StoreUnavailable out."""

    @abstractmethod
    def seen(self, before: TypedItem | None, after: TypedItem) -> None:
        """An item is stored."""

    def invoked(self) -> None:
        """An invocation begins that is not inside another one."""

    def nested(self, step: str) -> None:
        """Let *step* happen inside a call."""
        self.take(step)

    # --- the clock

    def now(self) -> int:
        """See autodebit.clock.Clock."""
        return self.scene.now

    def sleep(self, milliseconds: int) -> None:
        """See autodebit.clock.Clock. While the store is away, one long wait stands for many short ones."""
        self.scene.now += max(milliseconds, 5 * SECOND) if self.store.away else milliseconds

    # --- choices

    def begin(self, scene: S, oracle: Oracle) -> None:
        """Be in *scene*, which becomes this play's own."""
        self.scene, self.oracle, self._depth = scene, oracle, 0
        self.table.items = scene.items
        self.table.on_write = self.seen
        self._must_record = set()

    def pick(self, label: str, free: Sequence[str], costly: Sequence[str], budget: str) -> str:
        """One of *free*, or of *costly* while *budget* lasts."""
        left = self.scene.budgets
        if left.get(budget):
            chosen = self.oracle.choose(label, [*free, *(one for one in costly if one not in self.scenario.without)])
            if chosen in costly:
                left[budget] -= 1
            return chosen
        return self.oracle.choose(label, free)

    def say(self, text: str) -> None:
        """Add *text* to the story, with the time."""
        if self.oracle.lines is not None:
            self.oracle.say(f"{'  ' * max(self._depth - 1, 0)}{text}")

    def must_record(self, identity: str) -> None:
        """The answer that is on its way must be recorded: the story of one that is lost is not judged."""
        self._must_record.add(identity)

    # --- overlap

    def meanwhile(self) -> None:
        """While a call to Alipay is out, somebody else may act: one level of that is enough."""
        if self._depth != 1 or not self.scene.budgets.get("nested"):
            return
        options = [NOTHING, *(f"meanwhile {step}" for step in self.steps(inside=True))]
        chosen = self.oracle.choose("meanwhile", options)
        if chosen == NOTHING:
            return
        self.scene.budgets["nested"] -= 1
        self.say("meanwhile:")
        self.nested(chosen.removeprefix("meanwhile "))

    # --- what is stored

    def due(self) -> list[tuple[str, str, int]]:
        """Kind, id and due time of whatever is due at some time."""
        found = []
        for (pk, sk), item in self.table.items.items():
            kind, _, identity = pk.partition("#")
            if sk == "item" and kind in self.KINDS and "due_at" in item:
                found.append((kind, identity, int(item["due_at"]["N"])))
        return found

    def stored(self, kind: str, identity: str) -> TypedItem | None:
        return self.table.items.get((f"{kind}#{identity}", "item"))

    def stored_items(self, kind: str) -> dict[str, TypedItem]:
        """All items of a *kind*, by id."""
        return {
            pk.partition("#")[2]: item
            for (pk, sk), item in self.table.items.items()
            if sk == "item" and pk.startswith(f"{kind}#")
        }

    # --- invocations

    def invoke(
        self, step: str, kind: str, identity: str, lasts: int, flow: Callable[[Runtime], Response | None]
    ) -> None:
        """One invocation of a function, and what its caller hears."""
        store = self.store
        outer, store.away, store.hurt = (store.away, store.hurt), False, False
        self._depth += 1
        self.say(step)
        if self._depth == 1:
            self.invoked()
        runtime = Runtime(
            settings=self._settings,
            keys=_NO_KEYS,
            repository=self.repository,
            alipay=self.gateway,
            clock=self,
            deadline=self.scene.now + lasts,
        )
        try:
            reply = flow(runtime)
            if reply is not None:
                self.told(kind, identity, reply)
        except RequestRejected as refused:
            self.told(kind, identity, refusal(refused))
        except StoreUnavailable:
            self.say("the caller hears that the store is away")
            self.store_was_away(kind, identity)
        except Crash:
            self.say("the process is dead")
        except (Violation, Excluded, Diverged):
            raise
        except Exception as error:
            raise Violation("an error of ours", f"{kind} {identity}: {type(error).__name__}: {error}") from error
        finally:
            lost = identity in self._must_record and store.hurt
            store.away, store.hurt = outer
            self._depth -= 1
        if lost:
            raise Excluded


_NO_KEYS: Keys = None  # type: ignore[assignment]
