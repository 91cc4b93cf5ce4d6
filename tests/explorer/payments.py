"""The payment model: what the search needs to know of it."""

from collections.abc import Hashable
from typing import Final

from autodebit.clock import HOUR
from autodebit.domain.authorization import Token
from autodebit.repository import new_grant
from tests.explorer.alipay import NO_ANSWER_LATER
from tests.explorer.oracle import Oracle
from tests.explorer.play import Play
from tests.explorer.scenarios import Scenario
from tests.explorer.scene import Booked, Letter, Scene
from tests.support.world import TOKEN

_ALL = "in the end Alipay acts on all that it has, and pollers run for days"
_NOTHING_MORE = "in the end Alipay acts on nothing more, and pollers run for days"
_MOST_POLLS = 20
BEGIN: Final = 1_800_000_000_000


class PaymentModel:
    """Payments, their cancels and refunds, in the bounds of one scenario. See tests.explorer.search.Model."""

    def __init__(self, scenario: Scenario) -> None:
        self.name = scenario.name
        self.scenario = scenario
        self._play = Play(scenario)

    def start(self) -> Scene:
        """A customer has authorised the merchant; with *paid* also paid."""
        play, scenario = self._play, self.scenario
        scene = Scene(now=BEGIN)
        play.begin(scene, Oracle())
        grants = play.repository.grants
        play.handle = grants.adopt(new_grant("GCASH", BEGIN), Token(access=TOKEN)).handle
        if scenario.foreign_payment:
            scene.payments["PAY-1"] = Booked("SUCCESS", ours=False, debited=True)
            scene.letters = (Letter("payment", "PAY-1", "SUCCESS", ours=False),)
        if scenario.paid:
            scene.budgets = {"pay": 1}
            play.take("pay PAY-1")
            scene.now += HOUR
        if scenario.not_submitted:
            scene.budgets = {"pay": 1, "alipay": 1}
            play.begin(scene, Oracle(names=[NO_ANSWER_LATER]))
            play.take("pay PAY-1")
            for _ in range(_MOST_POLLS):
                if play.stored_items("payment")["PAY-1"]["state"]["S"] == "NOT_SUBMITTED":
                    break
                play.take("poll payment PAY-1")
        if scenario.foreign_refund:
            scene.refunds["REF-1"] = Booked("SUCCESS", ours=False, debited=True)
            scene.letters = (*scene.letters, Letter("refund", "REF-1", "SUCCESS", ours=False))
        scene.budgets = dict(scenario.budgets)
        return scene

    def step(self, state: Scene, oracle: Oracle) -> Scene | None:
        """See Model."""
        play = self._play
        play.begin(state.copy(), oracle)
        steps = play.steps()
        if not steps:
            return None
        play.take(oracle.choose("step", steps))
        play.after()
        return play.scene

    def key(self, state: Scene) -> Hashable:
        """See Model."""
        return state.key(patience=self.scenario.patience)

    def finish(self, state: Scene, oracle: Oracle) -> None:
        """See Model. A state from which a poller may still run is not ended: the state after that is."""
        play = self._play
        if state.budgets.get("poll") and any("due_at" in item for item in state.items.values()):
            return
        scene = state.copy()
        scene.budgets = {}
        play.begin(scene, oracle)
        under_way = scene.late or scene.letters or any(one.state == "PROCESSING" for one in scene.payments.values())
        ends = (
            [_NOTHING_MORE, _ALL]
            if under_way or any(one.state == "PROCESSING" for one in scene.refunds.values())
            else [_ALL]
        )
        end = oracle.choose("the end", ends)
        play.say(end)
        play.bring_to_an_end(acts=end == _ALL)
