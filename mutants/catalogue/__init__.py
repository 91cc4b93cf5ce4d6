"""What is broken, one thing at a time, in the order of the promises; and once more what the attackers catch alone."""

from mutants.catalogue.attackers import alone
from mutants.catalogue.believing import BELIEVING
from mutants.catalogue.deciding import DECIDING
from mutants.catalogue.disputes import DISPUTES
from mutants.catalogue.elsewhere import ELSEWHERE
from mutants.catalogue.leasing import LEASING
from mutants.catalogue.older_records import OLDER_RECORDS
from mutants.catalogue.overlooked import OVERLOOKED
from mutants.catalogue.proving import PROVING
from mutants.catalogue.refunding import REFUNDING
from mutants.catalogue.restoring import RESTORING
from mutants.catalogue.second_round import SECOND_ROUND
from mutants.catalogue.sending import SENDING
from mutants.catalogue.storing import STORING
from mutants.catalogue.text import TEXT
from mutants.catalogue.token_rules import TOKEN_RULES
from mutants.catalogue.tokens import TOKENS
from mutants.mutant import Mutant

_KNOWN = (
    *SENDING,
    *LEASING,
    *STORING,
    *PROVING,
    *BELIEVING,
    *DECIDING,
    *REFUNDING,
    *TOKENS,
    *TOKEN_RULES,
    *ELSEWHERE,
    *OLDER_RECORDS,
    *OVERLOOKED,
    *RESTORING,
    *SECOND_ROUND,
    *DISPUTES,
    *TEXT,
)
MUTANTS: tuple[Mutant, ...] = (*_KNOWN, *alone(_KNOWN))
