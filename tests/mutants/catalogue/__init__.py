"""What is broken, one thing at a time, in the order of the promises; and once more what the attackers catch alone."""

from tests.mutants.catalogue.attackers import alone
from tests.mutants.catalogue.believing import BELIEVING
from tests.mutants.catalogue.cautious_replies import CAUTIOUS_REPLIES
from tests.mutants.catalogue.deciding import DECIDING
from tests.mutants.catalogue.disputes import DISPUTES
from tests.mutants.catalogue.elsewhere import ELSEWHERE
from tests.mutants.catalogue.imports import IMPORTS
from tests.mutants.catalogue.late_answers import LATE_ANSWERS
from tests.mutants.catalogue.leasing import LEASING
from tests.mutants.catalogue.older_records import OLDER_RECORDS
from tests.mutants.catalogue.overlooked import OVERLOOKED
from tests.mutants.catalogue.proving import PROVING
from tests.mutants.catalogue.refunding import REFUNDING
from tests.mutants.catalogue.restoring import RESTORING
from tests.mutants.catalogue.sending import SENDING
from tests.mutants.catalogue.storing import STORING
from tests.mutants.catalogue.taken_ids import TAKEN_IDS
from tests.mutants.catalogue.text import TEXT
from tests.mutants.catalogue.token_rules import TOKEN_RULES
from tests.mutants.catalogue.tokens import TOKENS
from tests.mutants.catalogue.wanted_cancels import WANTED_CANCELS
from tests.mutants.catalogue.whose_record import WHOSE_RECORD
from tests.mutants.mutant import Mutant

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
    *TAKEN_IDS,
    *WANTED_CANCELS,
    *WHOSE_RECORD,
    *CAUTIOUS_REPLIES,
    *LATE_ANSWERS,
    *IMPORTS,
    *DISPUTES,
    *TEXT,
)
MUTANTS: tuple[Mutant, ...] = (*_KNOWN, *alone(_KNOWN))
