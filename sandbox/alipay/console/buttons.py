"""The buttons: forms that order, settle, send, move the clock and reset, each back to the page it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, redirect, request
from werkzeug.exceptions import BadRequestKeyError
from werkzeug.wrappers import Response as AnyResponse

from sandbox.alipay.admin import deeds
from sandbox.alipay.admin.orders import Unknown
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.clock import iso, parse_iso
from sandbox.alipay.console.layout import Layout
from sandbox.alipay.faults import ALWAYS, PASS

Form = Mapping[str, str]
Deed = Callable[[Parts, Form], str]
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
FASTEST, LONGEST_JUMP = 100_000, 20 * 365 * 86_400
HOME = "/console"


def routes(blueprint: Blueprint, parts: Parts, layout: Layout) -> None:
    @blueprint.post("/do/<deed>")
    def press(deed: str) -> AnyResponse:
        try:
            said = DEEDS.get(deed, _no_such_button)(parts, request.form)
        except BadRequestKeyError as missing:
            said, good = f"That did not work: {missing.args[0]} is missing", False
        except (ValueError, Unknown, TimeoutError) as wrong:
            said, good = f"That did not work: {wrong}", False
        else:
            good = True
            parts.journal.record("button", said=said, given=request.form.to_dict())
        back = request.form.get("back", HOME)
        if not back.startswith(HOME) or "\\" in back:
            back = HOME
        number = layout.leave_notice(said, good=good)
        return redirect(f"{back}{'&' if '?' in back else '?'}notice={number}", 303)


def _settle_payment(parts: Parts, form: Form) -> str:
    became = deeds.settle_payment(parts, form["paymentRequestId"], form["outcome"])
    return f"{form['paymentRequestId']} is {became['paymentStatus']}"


def _late_success(parts: Parts, form: Form) -> str:
    deeds.succeed_late(parts, form["paymentRequestId"])
    return f"{form['paymentRequestId']} is notified as paid, although it is cancelled"


def _settle_refund(parts: Parts, form: Form) -> str:
    became = deeds.settle_refund(parts, form["refundRequestId"], form["outcome"])
    return f"{form['refundRequestId']} is {became['refundStatus']}"


def _settle_registration(parts: Parts, form: Form) -> str:
    deeds.settle_registration(parts, form["registrationRequestId"], form["outcome"])
    return f"{form['registrationRequestId']}: the wallets said {form['outcome']}"


def _cancel_agreement(parts: Parts, form: Form) -> str:
    deeds.cancel_agreement(parts, form["authState"], form.get("reason") or None)
    return f"The customer ended the agreement of {form['authState']} in the wallet"


def _send(parts: Parts, form: Form) -> str:
    fault = form.get("fault") or None
    attempt = deeds.send_again(parts, int(form["number"]), fault)
    outcome = attempt["outcome"]
    how = {None: "sent", "duplicate": "sent twice", "tamper": "sent after tampering"}.get(fault, f"sent ({fault})")
    became = "acknowledged" if outcome["acknowledged"] else f"not acknowledged ({outcome['error']})"
    return f"Notification {form['number']} was {how}: {became}"


def _order(parts: Parts, form: Form) -> str:
    kind, _, name = form["what"].partition(":")
    wish = {"scenario": {"scenario": name}, "code": {"fault": "answer", "code": name}, "fault": {"fault": name}}
    if kind not in wish:
        raise ValueError("a fault, a scenario or a code is needed")
    times = form.get("times", "1").strip() or "1"
    order = {"operation": form["operation"], "times": times if times == ALWAYS else int(times), **wish[kind]}
    order |= {field: form[field].strip() for field in ("seconds", "amount", "requestId") if form.get(field, "").strip()}
    deeds.order_faults(parts, [order])
    return f"Ordered for {form['operation']}: {name}"


def _next(parts: Parts, form: Form) -> str:
    answers = [answer.strip() or PASS for answer in form["answers"].replace("\n", ",").split(",")]
    deeds.order_next(parts, form["operation"], answers)
    return f"The next calls of {form['operation']} meet {', then '.join(answers)}"


def _clear_faults(parts: Parts, form: Form) -> str:  # noqa: ARG001 - as all of them
    with parts.world.lock:
        parts.world.faults.clear()
    return "All orders are cleared"


def _clock(parts: Parts, form: Form) -> str:
    if "speed" in form:
        speed = float(form["speed"])
        if not 0 <= speed <= FASTEST:
            raise ValueError(f"the speed must be between 0 and {FASTEST}")
        deeds.move_clock(parts, speed=speed)
        return f"The clock runs {speed:g} times as fast as real time" if speed else "The clock is stopped"
    if "to" in form:
        # A field for date and time has no offset; Alipay's days are those of UTC+8.
        moment = parse_iso(f"{form['to']}+08:00")
        if moment is None:
            raise ValueError("a date and a time are needed")
        seconds = moment - parts.clock.now()
    else:
        seconds = float(form["amount"]) * UNITS[form["unit"]]
    if not 0 <= seconds <= LONGEST_JUMP:
        raise ValueError("the clock goes ahead only, by 20 years at most")
    deeds.move_clock(parts, advance=seconds)
    return f"The clock says {iso(parts.clock.now())}"


def _reset(parts: Parts, form: Form) -> str:  # noqa: ARG001 - as all of them
    parts.reset()
    return "Everything is forgotten but keys and settings"


def _no_such_button(parts: Parts, form: Form) -> str:  # noqa: ARG001 - as all of them
    raise Unknown("there is no such button")


DEEDS: Mapping[str, Deed] = {
    "settle-payment": _settle_payment,
    "late-success": _late_success,
    "settle-refund": _settle_refund,
    "settle-registration": _settle_registration,
    "cancel-agreement": _cancel_agreement,
    "send": _send,
    "order": _order,
    "next": _next,
    "clear-faults": _clear_faults,
    "clock": _clock,
    "reset": _reset,
}
