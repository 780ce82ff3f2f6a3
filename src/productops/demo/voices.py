"""What the invented company hears: sixty notes in the words of those who wrote them, and who was answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from productops.demo.cast import made, staff
from productops.model.base import ExternalRef
from productops.model.dedupe import merge
from productops.model.feedback import Feedback, Insight, LoopClosure, Problem
from productops.model.people import PersonRef

# Some names are hidden, some have no address, one is known by an account alone.
CONTACTS = {
    "kari": PersonRef(name="Kari Storvik", email="kari@example.com"),
    "nils": PersonRef(name="Nils Fagerli", email="nils@example.com"),
    "helene": PersonRef(name="Hélène Brûlé", email="helene@example.com"),
    "jorg": PersonRef(name="Jörg Käufer", email="joerg@example.com"),
    "oda": PersonRef(name="Oda Lunde", email="oda@example.com"),
    "asa": PersonRef(name="Åsa Öman", email="asa@example.com"),
    "per": PersonRef(name="Per Nygard"),
    "vilde": PersonRef(name="Vilde Moe", email="vilde@example.com"),
    "rana": PersonRef(name="رنا حداد", email="rana@example.com"),
    "ines_m": PersonRef(name="Inés Marín", email="ines.marin@example.com"),
    "u77": PersonRef(external=(ExternalRef(system="intercom", key="user-77-4402"),)),
    "yuki": PersonRef(name="光田 雪", email="yuki@example.com"),
    "noam": PersonRef(name="נועם ברק", email="noam@example.com"),
    "gil": PersonRef(name="Gil Stroem", email="gil@example.com"),
}
# Letters of a path: t triaged, i needs info, l linked, r routed, d declined, p planned, s shipped, o told, c closed.
STEPS = {"t": "triaged", "i": "needs_info", "l": "linked", "r": "routed", "d": "declined", "p": "planned"}
STEPS |= {"s": "shipped", "o": "notified", "c": "closed"}
# account | who | kind | channel | importance | theme | received in 2026 | path | item | text
NOTE_LINES = """
aurora|kari|request|sales|critical|fares|08-03|tlp|02|We book forty seats at once, by telephone. Let us do it ourselves.
aurora|nils|request|cs|important|fares|08-05|tlp|02|A group of 52 needs one ticket, not 52 e-mails.
aurora|kari|problem|support|important|partners|08-07|tlp|04|Our accounts office cannot pay by card.
aurora_nord|nils|request|cs|important|partners|08-10|tlp|04|Invoice, please, with our order number on it.
brise|helene|request|sales|critical|partners|08-11|tlp|04|Sans facture, pas de contrat: c'est aussi simple.
brise|helene|request|sales|important|fares|08-12|tlp|02|Réservation de groupe jusqu'à 50 personnes, même départ.
kai|jorg|problem|support|important|trust|08-14|tlp|03|Rückzahlung dauert zwei Wochen, das ist zu lang.
kai|jorg|question|support|nice|partners|08-17|tl|13|Wo finde ich die Preisliste für Gruppen?
lunde|oda|request|sales|critical|fares|08-18|tlp|02|Coaches arrive full. One booking per coach, one code at the pier.
lunde|oda|problem|support|critical|trust|08-19|tlp|08|When a departure is cancelled I call for an hour.
skargard|asa|request|cs|important|pier|08-20|tlpso|01|Vintertidtabellen borde finnas i appen före oktober.
skargard|asa|praise|survey|nice|pier|08-21|tlpsoc|17|Kalendern är underbar 😍
nordlys|per|request|support|important|pier|08-24|tlpso|01|Our guests ask every morning when the next ferry goes.
nordlys|per|problem|support|nice|trust|08-25|tl|07|No signal at the pier, so no ticket.
vannvei|vilde|request|interview|important|fares|08-26|tl|18|Thirty pupils, two teachers, parents pay. Possible?
vannvei|vilde|request|interview|nice|fares|08-27|tl|18|A discount for classes would decide where we go.
oya|rana|request|survey|critical|access|08-28|tl|11|نحتاج إلى الحجز باللغة العربية لسكان الجزيرة.
oya|rana|problem|survey|critical|access|08-31|tlp|06|خريطة المقاعد لا تعمل مع قارئ الشاشة.
marina|ines_m|request|sales|nice|fares|09-01|tl|15|¿Y las bicicletas? 🚲🚲🚲
marina|ines_m|bug|support|important|trust|09-02|tr||El botón «Pagar» no hace nada en el iPad.
tide|gil|churn_risk|cs|critical|partners|09-03|tlp|04|We left because nobody could send us an invoice.
tide|gil|objection|win_loss|important|fares|09-04|td||Your group prices are higher than the bridge toll.
polstjerna||request|sales|nice|fares|09-07|tlp|02|Can a family of nine sit together?
baltic|noam|request|sales|critical|partners|09-08|tlp|04|אנחנו צריכים חשבונית חודשית אחת לכל הנסיעות.
baltic|noam|request|sales|critical|fares|09-09|tlp|02|הזמנה קבוצתית עם שינוי שמות עד יום לפני.
sol|gil|objection|sales|important|partners|09-10|tlp|04|Without invoicing you are not on our list.
hikari|yuki|request|sales|important|fares|09-11|tlp|02|団体予約を日本語でできますか。 🙏
hikari|yuki|question|sales|nice|access|09-14|tl|11|多言語の画面があると助かります。
|vilde|praise|app_review|not|trust|09-15|td||Works. Five stars ⭐⭐⭐⭐⭐
|u77|bug|app_review|important|trust|09-16|tr||Closes when I turn the phone.
||problem|app_review|nice|access|09-17|tl|14|Too bright on the night ferry.
||question|community|unknown|pier|09-18|tl|16|Is there coffee before six?
aurora|kari|request|cs|important|pier|09-21|tlps|01|The winter timetable, in the app, before the first snow.
aurora|nils|problem|support|critical|pier|09-22|tlp|05|Nobody told our group that the 7:40 was late.
brise|helene|problem|support|important|pier|09-23|tlp|05|Un SMS en cas de retard, c'est tout.
kai|jorg|request|survey|nice|pier|09-24|tlpso|17|Fahrplan als Kalender abonnieren wäre schön.
lunde|oda|request|cs|important|pier|09-25|tlp|20|In a storm we need to know by five in the morning.
skargard|asa|request|cs|critical|pier|09-28|tlp|20|Stormläge: säg till på första sidan!
nordlys|per|question|support|nice|fares|09-29|ti||Which hotel is meant by "Kai 7"?
oya|rana|request|interview|important|trust|09-30|tlp|03|إعادة المبلغ يجب أن تكون بسيطة.
marina|ines_m|request|sales|important|partners|10-01|tlp|04|Factura mensual, por favor: tenemos tres agencias.
vannvei|vilde|problem|support|important|trust|10-02|tlp|08|One pupil is ill and I must cancel all thirty.
polstjerna|u77|bug|support|critical|trust|10-05|tr||Paid twice, one ticket.
sol|gil|request|win_loss|nice|fares|10-06|tl|12|Points for crews who come every week?
aurora_nord|kari|problem|support|important|fares|10-07|tlp|10|Seven screens for one seat.
lunde|oda|problem|survey|important|fares|10-08|tlp|10|My drivers give up at the fourth screen.
kai|jorg|request|cs|nice|partners|10-09|tl|13|Größere Schrift in der Preisliste!
brise|helene|question|support|unknown|trust|10-12|ti||À quelle date le remboursement arrive-t-il?
||request|community|nice|fares|10-13|t||Dogs 🐕 should have seats.
aurora|kari|praise|cs|nice|pier|10-14|t||The winter timetable is there. Thank you!
oya|rana|request|survey|important|access|10-26|n||نريد خطًا أكبر في التطبيق.
skargard|asa|problem|support|critical|trust|10-28|n||Biljetten försvann när mobilen dog.
hikari|yuki|request|sales|important|partners|10-29|n||請求書は英語でお願いします。
marina||question|support|nice|fares|10-30|n||Is the Sunday fare valid on holidays?
||problem|app_review|important|pier|10-31|n||The scanner at the old pier is slow, café queue too.
aurora|kari|request|sales|critical|fares|08-06|=1|02|As I told Zoë Núñez: forty seats, one booking.
lunde|oda|request|support|critical|fares|08-20|=9|02|Again: one booking per coach.
brise|helene|request|cs|critical|partners|08-13|=5|04|Toujours pas de facture?
baltic|noam|request|sales|important|partners|09-12|=24|04|חשבונית אחת בחודש, בבקשה.
skargard|asa|request|support|important|pier|08-22|=11|01|Vintertidtabellen?
"""


def received(text: str) -> datetime:
    """The morning of a day in 2026."""
    return datetime(2026, int(text[:2]), int(text[3:]), 8, tzinfo=UTC)


def walk(note: Feedback, number: int, path: str) -> None:
    """Move a note along its path: looked at within hours or days, decided a day later, the rest in October."""
    at = note.received_at + timedelta(hours=4 + number * 7 % 60)
    for letter in path:
        if letter == "s":
            at = max(at, datetime(2026, 10, 13, 7, tzinfo=UTC))
        reason = "The fare is set by contract." if letter == "d" else None
        note.move(STEPS[letter], at=at, by="email:soren@example.com", reason=reason)
        at += timedelta(days=1)


def feedback() -> list[Feedback]:
    """All notes, the last five merged with earlier ones."""
    notes: list[Feedback] = []
    for number, line in enumerate(NOTE_LINES.strip().splitlines(), 1):
        account, who, kind, channel, importance, area, day, path, _, text = line.split("|")
        details: dict[str, Any] = {"account_id": f"acc_{account}" if account else None, "requester": CONTACTS.get(who)}
        note = made(
            Feedback,
            f"{number:02d}",
            created_at=received(day),
            text=text,
            kind=kind,
            source=channel,
            source_id=f"{channel}-{4000 + number}",
            importance=importance,
            theme=f"theme_{area}",
            product_id="prod_tickets",
            logged_by=staff("soren") if channel in ("sales", "cs", "interview") else None,
            consent_to_contact=False if who == "gil" else True if who else None,
            **details,
        )
        if path.startswith("="):
            merge(
                note, notes[int(path[1:]) - 1], at=note.received_at + timedelta(hours=5), by="email:soren@example.com"
            )
        else:
            walk(note, number, path.strip("n"))
        notes.append(note)
    return notes


def insights(notes: list[Feedback]) -> list[Insight]:
    """What the notes are evidence for; a merged note counts through the one it was merged into."""
    found = []
    for note, line in zip(notes, NOTE_LINES.strip().splitlines(), strict=True):
        item = line.split("|")[8]
        if item and note.merged_into is None:
            linked_at = next((event.at for event in note.history if event.new == "linked"), note.received_at)
            found.append(
                made(
                    Insight,
                    note.id.partition("_")[2],
                    created_at=linked_at,
                    feedback_id=note.id,
                    target_id=f"item_{item}",
                    importance=note.importance,
                    linked_by=staff("soren"),
                )
            )
    return found


def closures(notes: list[Feedback]) -> list[LoopClosure]:
    """Who was told: everybody whose note says so; one message came back."""
    told = []
    for note in notes:
        sent = next((event.at for event in note.history if event.new == "notified"), None)
        if sent is not None:
            told.append(
                made(
                    LoopClosure,
                    note.id.partition("_")[2],
                    created_at=sent,
                    feedback_id=note.id,
                    channel="mail",
                    sent_at=sent,
                    message_ref=f"message-{note.id}",
                    outcome="bounced" if note.requester == CONTACTS["per"] else "notified",
                )
            )
    return told


def problems() -> list[Problem]:
    """One problem that several speak of."""
    return [
        made(
            Problem,
            "invoices",
            title="Companies cannot pay",
            insight_ids=["ins_03", "ins_04", "ins_05"],
            segments=["enterprise", "mid"],
            size=400,
            theme="theme_partners",
        )
    ]
