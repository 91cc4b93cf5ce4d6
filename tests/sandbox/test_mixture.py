"""The seeded mixture of faults: what befalls a call belongs to the call, and not to the order of arrival."""

from collections import Counter

from sandbox.alipay.mixture import Mixture, pick

WEIGHTS = {"cut_before": 0.2, "unknown": 0.1}
IDS = [f"PAY-{number}" for number in range(200)]


def fates(seed: int, ids: list[str]) -> dict[tuple[str, int], str | None]:
    mixture = Mixture(seed, calls=WEIGHTS)
    found = {}
    for attempt in range(3):
        for identity in ids:
            fault = mixture.call("pay", {"paymentRequestId": identity})
            found[identity, attempt] = fault[0] if fault else None
    return found


def test_the_same_seed_gives_the_same_call_the_same_fault_whatever_the_order() -> None:
    assert fates(1, IDS) == fates(1, IDS[::-1])
    assert fates(1, IDS) != fates(2, IDS)


def test_another_attempt_meets_another_fate() -> None:
    found = fates(1, IDS)
    assert any(found[identity, 0] != found[identity, 1] for identity in IDS)


def test_faults_come_in_their_shares() -> None:
    counted = Counter(pick(WEIGHTS, 1, number) for number in range(10_000))
    assert 0.18 < counted["cut_before"] / 10_000 < 0.22
    assert 0.08 < counted["unknown"] / 10_000 < 0.12


def test_a_fault_lasts_as_long_as_its_operation_or_its_name_says() -> None:
    lasts = {"held": (30.0, 600.0), "cancel held": (5.0, 75.0)}
    mixture = Mixture(1, calls={"held": 1.0}, seconds=lasts)
    pays = [mixture.call("pay", {"paymentRequestId": identity}) for identity in IDS]
    cancels = [mixture.call("cancel", {"paymentRequestId": identity}) for identity in IDS]
    assert all(fault and 30 <= fault[1] <= 600 for fault in pays)
    assert all(fault and 5 <= fault[1] <= 75 for fault in cancels)
    assert len(set(pays)) > 100
    assert Mixture(1, calls={"unknown": 1.0}, seconds=lasts).call("pay", {}) == ("unknown", 0.0)


def test_an_answer_takes_one_of_the_codes_of_its_operation() -> None:
    mixture = Mixture(1, codes={"pay": ("RISK_REJECT", "SYSTEM_ERROR")})
    drawn = {mixture.code("pay", {"paymentRequestId": identity}) for identity in IDS}
    assert drawn == {"RISK_REJECT", "SYSTEM_ERROR"}
    assert {mixture.code("refund", {"refundRequestId": identity}) for identity in IDS} == {"PROCESS_FAIL"}


def test_the_mixture_says_what_it_met_and_gave() -> None:
    mixture = Mixture(1, calls={"cut_before": 1.0}, deliveries={"delay": 1.0})
    assert mixture.call("pay", {"paymentRequestId": "P"}) == ("cut_before", 0.0)
    late = mixture.delivery("notifyPayment", {"paymentRequestId": "P"})
    assert late is not None
    assert late[0] == "delay"
    assert 1 <= late[1] <= 401
    assert mixture.describe() == {
        "met": {"calls": 1, "pay": 1, "deliveries": 1, "notifyPayment": 1},
        "given": {"calls: cut_before": 1, "deliveries: delay": 1},
    }
