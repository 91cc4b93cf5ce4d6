"""The bounded configurations of the models. Together they hold what the README of this folder lists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from autodebit.clock import MINUTE

Budgets = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Scenario:
    """How often each kind of move may be made, and how many steps a story may have."""

    name: str
    what: str
    budgets: Budgets = field(default_factory=lambda: MappingProxyType({}))
    depth: int = 12
    states: int = 3_500
    """How many states of it the tests explore at most."""
    of: str = "payment"
    """Which model it belongs to: tests/explorer/models.py knows them."""
    least: int = 100
    """Fewer states than this would mean that the scenario has become empty."""
    ids: int = 2
    """How many paymentRequestIds one order may take."""
    patience: int = 0
    """CancelOpenAfterSeconds, in milliseconds."""
    foreign_payment: bool = False
    """PAY-1 was used by another system of the same client id: another customer, the same amount."""
    foreign: bool = False
    """The first id of a declaration or registration was used by another system of the same client id."""
    declared: bool = False
    """The story begins with DCL-1 declared and found completed; its clearing data were not fetched."""
    foreign_refund: bool = False
    """REF-1 was used by another system for another payment, with the same amount."""
    paid: bool = False
    """The story begins with PAY-1 paid."""
    not_submitted: bool = False
    """The story begins with PAY-1 closed as NOT_SUBMITTED; its request is still on its way."""
    without: frozenset[str] = frozenset()
    """Moves that are not tried here."""
    unjudged: frozenset[str] = frozenset()
    """Rules that are not judged, so that stories go on beyond them."""


def _scenario(name: str, what: str, *, depth: int = 12, **more: object) -> Scenario:
    settings = {key: more.pop(key) for key in list(more) if key in Scenario.__dataclass_fields__}
    return Scenario(
        name, what, MappingProxyType({str(key): int(str(value)) for key, value in more.items()}), depth, **settings
    )  # type: ignore[arg-type]


_DECLARATIONS = (
    _scenario(
        "declare",
        "two declares, any two answers, the store away once",
        of="declaration",
        send=3,
        poll=2,
        inquire=1,
        alipay=2,
        store=1,
        wait=1,
        states=800,
    ),
    _scenario(
        "declare crash",
        "the process dies once at any port",
        of="declaration",
        send=2,
        poll=2,
        alipay=1,
        crash=1,
        wait=1,
        states=800,
    ),
    _scenario(
        "correct",
        "a declaration is sent again with other data",
        of="declaration",
        send=2,
        correct=2,
        inquire=1,
        poll=1,
        alipay=1,
        wait=2,
        states=800,
    ),
    _scenario(
        "receipt",
        "clearing data are fetched, and data corrected",
        of="declaration",
        send=2,
        correct=2,
        inquire=1,
        alipay=1,
        wait=3,
        declared=True,
        states=800,
    ),
    _scenario(
        "late receipt",
        "clearing data are asked for, after a first answer that was lost or slow",
        of="declaration",
        send=2,
        inquire=1,
        alipay=1,
        wait=1,
        states=800,
    ),
    _scenario(
        "declare overlap",
        "one call inside another",
        of="declaration",
        send=3,
        correct=1,
        poll=1,
        inquire=1,
        alipay=1,
        nested=1,
        wait=1,
        states=400,
    ),
    _scenario(
        "foreign declaration",
        "the id belongs to another system's declaration",
        of="declaration",
        send=3,
        correct=1,
        poll=2,
        inquire=2,
        alipay=1,
        store=1,
        nested=1,
        wait=1,
        states=400,
        foreign=True,
    ),
)
_REGISTRATIONS = (
    _scenario(
        "register",
        "registrations, any two answers, the store away once, reviews told by notification",
        of="registration",
        send=3,
        poll=2,
        notify=1,
        inquire=1,
        alipay=2,
        store=1,
        wait=1,
        states=800,
    ),
    _scenario(
        "register crash",
        "the process dies once at any port",
        of="registration",
        send=2,
        poll=2,
        notify=1,
        alipay=1,
        crash=1,
        wait=1,
        states=800,
    ),
    _scenario(
        "register overlap",
        "one call inside another",
        of="registration",
        send=3,
        poll=1,
        inquire=1,
        notify=1,
        alipay=1,
        nested=1,
        wait=1,
        states=400,
    ),
    _scenario(
        "foreign registration",
        "the id belongs to another system's registration",
        of="registration",
        send=2,
        poll=1,
        inquire=1,
        notify=2,
        alipay=1,
        store=1,
        nested=1,
        wait=1,
        states=400,
        foreign=True,
    ),
)
_PAYMENTS = (
    _scenario(
        "pay",
        "two sends, two polls, any two answers, the store away once",
        pay=2,
        poll=2,
        alipay=2,
        store=1,
        states=5_000,
    ),
    _scenario("cancel", "a payment and two cancels, any two answers", pay=1, cancel=2, poll=2, alipay=2),
    _scenario(
        "cancel first",
        "two cancels, and two payments that may come after them",
        pay=2,
        cancel=2,
        poll=1,
        alipay=1,
        wait=1,
    ),
    _scenario(
        "not submitted",
        "a payment that may still turn up",
        pay=2,
        cancel=2,
        poll=2,
        alipay=1,
        notify=1,
        not_submitted=True,
    ),
    _scenario(
        "crash",
        "the process dies once at any port",
        pay=2,
        cancel=1,
        poll=2,
        alipay=1,
        crash=1,
        notify=1,
        states=5_000,
    ),
    _scenario(
        "notified",
        "notifications once, twice, late, out of order",
        pay=2,
        cancel=1,
        poll=1,
        alipay=1,
        notify=2,
        states=6_000,
    ),
    _scenario(
        "overlap", "one call inside another", pay=2, cancel=1, poll=1, alipay=1, nested=1, notify=1, states=6_000
    ),
    _scenario(
        "own cancel",
        "the deployment cancels by itself",
        pay=2,
        poll=2,
        alipay=1,
        store=1,
        wait=1,
        patience=5 * MINUTE,
    ),
    _scenario(
        "foreign",
        "the id belongs to another customer's payment",
        pay=2,
        cancel=1,
        refund=1,
        poll=2,
        notify=1,
        alipay=1,
        inquire=1,
        wait=1,
        foreign_payment=True,
        patience=MINUTE,
    ),
    _scenario(
        "foreign overlap",
        "the id belongs to another customer's payment, and others act while our request is out",
        pay=1,
        cancel=1,
        refund=1,
        poll=1,
        alipay=1,
        inquire=1,
        nested=1,
        foreign_payment=True,
        least=50,
    ),
    _scenario(
        "foreign refund overlap",
        "the refund's id belongs to another refund, and others act while our request is out",
        refund=2,
        poll=2,
        alipay=1,
        nested=1,
        paid=True,
        foreign_refund=True,
        least=20,
    ),
    _scenario("refund", "a refund and its repeats", refund=3, poll=2, alipay=1, store=1, notify=1, paid=True),
    _scenario(
        "refund crash", "the process dies once, refunding", refund=2, poll=2, alipay=1, crash=1, notify=1, paid=True
    ),
    _scenario("refund lost", "a refund, any two answers", refund=2, poll=2, alipay=2, paid=True),
    _scenario(
        "refund or cancel", "a refund against a cancel", refund=1, cancel=1, poll=2, alipay=1, nested=1, paid=True
    ),
    _scenario(
        "foreign refund",
        "the refund's id belongs to another refund",
        refund=2,
        poll=2,
        alipay=1,
        notify=1,
        wait=1,
        paid=True,
        foreign_refund=True,
    ),
    _scenario(
        "long",
        "all of it, for the long exploration",
        pay=3,
        cancel=2,
        refund=2,
        poll=3,
        alipay=3,
        store=1,
        crash=1,
        notify=2,
        nested=1,
        wait=2,
        patience=5 * MINUTE,
        ids=3,
    ),
)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {one.name: one for one in (*_PAYMENTS, *_DECLARATIONS, *_REGISTRATIONS)}
)
