"""A launch to test with: its people, its day and its checklist."""

from datetime import date

from productops.model.checklist import Checklist, ChecklistItem
from productops.model.launch import Launch
from productops.model.people import PersonRef
from productops.model.timebox import TimeBucket
from productops.model.waiver import Waiver

LAUNCH_DAY = date(2026, 12, 1)
TODAY = date(2026, 11, 10)
ADA = PersonRef(name="Ada Muster", email="ada@example.com")
BO = PersonRef(name="Bo Beispiel", email="bo@example.com")
CY = PersonRef(name="Cy Exemple", email="cy@example.com")


def item(title, status="todo", **fields):
    if status == "done":
        fields.setdefault("done_on", TODAY)
    return ChecklistItem(title=title, template_key=title, status=status, **fields)


def launch_with(*items, **fields):
    fields.setdefault("target", TimeBucket.day(LAUNCH_DAY))
    return Launch(name="Checkout 2", checklist=Checklist(items=list(items)), **fields)


def waiver(until=date(2026, 11, 30), by=BO):
    return Waiver(reason="translation follows", accepted_by=by, granted_on=date(2026, 11, 1), expires_on=until)


def worked():
    """Ten items: eight done, one not applicable, one open must."""
    done = [item(f"done {number}", "done") for number in range(8)]
    return launch_with(*done, item("booth", "n/a", na_reason="no fair"), item("price", owner=ADA))
