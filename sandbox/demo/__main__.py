"""``python -m sandbox.demo`` deploys everything from nothing, tells the story as it goes, and ends with one line of JSON that
holds the simulator's books against our store.
"""

import json
import sys

from sandbox.demo import chapters
from sandbox.demo.journey import Journey
from sandbox.demo.verdict import verdict
from sandbox.stack import LocalStack

QUICK = {
    "RefundPollSeconds": "3,5,10",
    "DeclarationPollSeconds": "3,5,10",
    "RegistrationPollSeconds": "5,5,10",
}
"""What takes minutes or hours in production takes seconds here."""


def main() -> int:
    """Run the journey; 0 only if store and books agree."""
    with LocalStack.start(parameters=QUICK, progress=print) as stack:
        journey = Journey(stack)
        journey.authorise()
        journey.pay("monthly plan", "paid")
        journey.pay("top-up", "pending")
        journey.pay("big order", "declined")
        journey.pay("second month", "answer-lost")
        journey.tell("a poller wakes every minute, and notifications may come before it; meanwhile there is more to do")
        chapters.register_merchants(journey)
        chapters.declare_to_customs(journey)
        chapters.prove_presence(journey)
        journey.await_outcomes()
        chapters.give_money_back(journey)
        chapters.renew_token(journey)
        chapters.await_all(journey)
        chapters.end_authorization(journey)
        result = verdict(journey)
        journey.tell("store and books agree" if result["consistent"] else "STORE AND BOOKS DISAGREE")
    print(json.dumps(result))
    return 0 if result["consistent"] else 1


if __name__ == "__main__":
    sys.exit(main())
