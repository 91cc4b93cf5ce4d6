"""The model that a scenario belongs to."""

from typing import Any

from tests.explorer.declarations import DeclarationModel
from tests.explorer.payments import PaymentModel
from tests.explorer.registrations import RegistrationModel
from tests.explorer.scenarios import Scenario
from tests.explorer.search import Model


def model_of(scenario: Scenario) -> Model[Any]:
    """A new model in the bounds of *scenario*."""
    made: dict[str, type[PaymentModel | DeclarationModel | RegistrationModel]] = {
        "payment": PaymentModel,
        "declaration": DeclarationModel,
        "registration": RegistrationModel,
    }
    return made[scenario.of](scenario)
