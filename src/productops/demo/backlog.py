"""The backlog of an invented company that sells tickets for ferries: what `productops demo` starts from.

Titles and descriptions hold what real ones hold: accents, emoji, text from right to left, lists, tables, code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

COMPANY = "Havn & Fjord"
PEOPLE = (
    ("Mira Quill", "mira@example.com"),
    ("Tomas Reed", "tomas@example.com"),
    ("Ines Vale", "ines@example.com"),
    ("Søren Blåbær", "soren@example.com"),
    ("Zoë Núñez", "zoe@example.com"),
    ("ليلى الحسن", "layla@example.com"),
)


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue as it is planted: ``status`` is Jira's, ``owner`` an e-mail, ``description`` Markdown."""

    title: str
    description: str = ""
    status: str = "To Do"
    owner: str | None = None
    due: date | None = None
    points: float | None = None


# title | status letter | owner | due month-day of 2027 | points | description
_STATUSES = {"t": "To Do", "p": "In Progress", "r": "In Review", "q": "QA", "d": "Done"}
_LINES = """
Pay by invoice|p|mira|01-29|5|Companies ask for it in **every** renewal.
Winter timetable in the app|r|tomas|01-15|3|Before the *first* snow:\\n\\n- import the table\\n- show cancellations
Refund in two taps|q|ines|02-12|8|1. Open the ticket\\n2. Tap **Refund**
Offline tickets|p|soren|03-05|13|Phones lose signal in the fjord. Keep the QR code on the device.
Accessible seat map|t|zoe|03-31|8|Readable by screen readers; contrast at least `4.5:1`.
الحجز باللغة العربية|t|layla|04-30|8|واجهة من اليمين إلى اليسار، مع **أرقام** واضحة.
Réservation de groupe|t|zoe|02-26|5|Jusqu'à *50* personnes, même quai, même départ.
Preisliste für Fährgesellschaften|d|mira|01-08|2|Größere Schrift, keine Fußnoten.
Dark mode 🌙|p|ines|02-05|3|For night ferries. Ask the crew of the 23:40 first.
Delay alerts by text message|q|tomas|01-22|5|Send when a departure moves by more than **10 minutes**.
Bicycle places|d|soren|01-05|2|Count them like seats.
Dogs on board 🐕|t|ines||1|One question in the booking form.
Ticket scanner for the old pier|p|soren|02-19|8|The pier has no network after 22:00.
Loyalty points|t|mira|05-28|13|See the note on *fairness*.
Cancel a whole sailing|r|tomas|01-19|5|Steps:\\n\\n1. Tell passengers\\n2. Offer the next sailing\\n3. Refund the rest
Family fare|d|zoe|01-11|3|Two adults, up to three children.
שובר מתנה|t|layla|06-15|3|שובר דיגיטלי עם תאריך תפוגה.
Island hopper pass|t|mira|04-16|8|Seven days, any island.
Freight booking by e-mail|t|tomas|05-07|13|Read the attachment, answer with a price.
Search that forgives typos|p|ines|02-23|5|`Åndalsnes`, `Andalsnes` and `Aandalsnes` are one place.
Timetable as a calendar feed|d|soren|01-06|2|One address per route.
Live position of every ferry|t|zoe|07-09|13|Every 30 seconds, also for visitors.
Sea state on the departure board|t|soren|03-19|3|Three symbols are enough: 🌊 🌊🌊 🌊🌊🌊
Booking in three steps|q|mira|01-27|8|Today it takes seven.
Gift vouchers|t|zoe|11-26|5|Before the holidays.
Refuse doubtful cards|p|tomas|02-09|5|Say why; never the full number.
Price per kilometre|t|ines|08-20|3|Ask sales first.
Crew rota in the app|t|soren|09-03|8|Not for passengers.
Better photos of the ships|d|zoe|01-04|1|Taken in June.
Self check-in at the pier|p|ines|03-12|8|A screen, a printer, a lot of rain.
日本語の時刻表|t|mira|05-14|5|観光客のために、**主要航路**だけ。
Feedback after each trip|r|zoe|01-25|3|One question, five faces.
Seat upgrade at the gate|t|tomas|06-04|5|Until ten minutes before departure.
Currency of the traveller|p|ines|02-16|5|Show `NOK`, `EUR` and `SEK`; charge in NOK.
Vehicle length from the plate|t|soren|04-09|8|Ask the register, keep nothing.
Invoice copies|d|mira|01-12|1|By e-mail, as PDF.
School classes|t|zoe|03-26|3|A teacher books, parents pay.
Zimmer und Überfahrt zusammen|t|ines|06-25|13|Hotels am Hafen: „Nordlicht“ und „Kai 7“.
Waiting list for full sailings|r|tomas|01-28|5|First come, first told.
Fewer e-mails|d|mira|01-07|2|One per booking instead of four.
Wheelchair lift status|q|soren|01-20|3|Green or red, and since when.
Night ferry cabins|t|zoe|05-21|8|Sell what is left after 18:00.
Coach operators' contract prices|t|tomas|04-23|8|Each has a list of their own.
Storm mode|p|soren|02-02|5|> When the wind is above 20 m/s\\n\\nThe app says so on the first page.
Change a departure without calling|q|ines|01-30|8|The most frequent reason for a call.
Café pre-order ☕|t|zoe|07-02|3|Ready when you board.
Lost and found|t|layla|03-10|2|A form and a list.
Round trip in one booking|p|mira|02-11|5|Out and back, one receipt.
API for travel agencies|t|tomas|08-06|13|```\\nGET /sailings?from=HAVN&to=FJORD\\n```
Emissions on the ticket|t|ines|06-11|3|Per passenger, with the method named.
Staff tickets|d|soren|01-13|1|No more paper.
Keyboard shortcuts for the ticket office|t|layla|02-25|2|The office sells 400 tickets a day.
Tickets in the phone's wallet|r|zoe|01-26|5|Both large wallets.
Sold out is not the end|t|mira|04-02|3|Show the next **three** sailings.
Naïve Übersetzung prüfen|t|layla|03-03|2|Every text read by a person who speaks the language.
Weekly numbers for the board|d|mira|01-14|2|Sold, refunded, delayed.
Departure reminders|q|tomas|01-21|2|The evening before, at 18:00.
Pay with points and money|t|zoe|09-17|8|Follows *Loyalty points*.
Parking at the pier|t|ines|05-06|5|Reserve with the ticket.
A quieter deck|t|soren|10-01|1|Ask passengers whether they would pay for it.
"""


def _issue(line: str) -> Issue:
    title, status, owner, due, points, description = line.split("|", 5)
    return Issue(
        title=title,
        description=description.replace("\\n", "\n"),
        status=_STATUSES[status],
        owner=f"{owner}@example.com" if owner else None,
        due=date.fromisoformat(f"2027-{due}") if due else None,
        points=float(points) if points else None,
    )


ISSUES: tuple[Issue, ...] = tuple(_issue(line) for line in _LINES.strip().splitlines())
