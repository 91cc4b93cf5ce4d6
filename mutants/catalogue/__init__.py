"""What is broken, one thing at a time, in the order of the promises; and once more what the attackers catch alone."""

from mutants.catalogue.attackers import alone
from mutants.catalogue.believing import BELIEVING
from mutants.catalogue.cautious_replies import CAUTIOUS_REPLIES
from mutants.catalogue.deciding import DECIDING
from mutants.catalogue.disputes import DISPUTES
from mutants.catalogue.elsewhere import ELSEWHERE
from mutants.catalogue.imports import IMPORTS
from mutants.catalogue.late_answers import LATE_ANSWERS
from mutants.catalogue.leasing import LEASING
from mutants.catalogue.older_records import OLDER_RECORDS
from mutants.catalogue.overlooked import OVERLOOKED
from mutants.catalogue.proving import PROVING
from mutants.catalogue.refunding import REFUNDING
from mutants.catalogue.restoring import RESTORING
from mutants.catalogue.sending import SENDING
from mutants.catalogue.storing import STORING
from mutants.catalogue.taken_ids import TAKEN_IDS
from mutants.catalogue.text import TEXT
from mutants.catalogue.token_rules import TOKEN_RULES
from mutants.catalogue.tokens import TOKENS
from mutants.catalogue.wanted_cancels import WANTED_CANCELS
from mutants.catalogue.whose_record import WHOSE_RECORD
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
