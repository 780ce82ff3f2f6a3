"""What people type: generated values of every kind, with what services spell in a way of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
TAGS = ["speed", "trust", "mobile", "dark-mode", "Ärger", "q3"]
SIZES = ["S", "M", "L"]
PEOPLE = [{"email": f"{name}@example.com", "name": name.title()} for name in ("mira", "tomas", "ines")]
WORDS = [
    "plan", "née", "日本", "🚀", "a*b", "_x_", "1.", "#tag", "[x]", "<b>", "&amp;", "\\", "`", "|",
    "http://example.com/a_b",
]  # fmt: skip
MARKS = [{"type": "strong"}, {"type": "em"}, {"type": "strike"}, {"type": "underline"}]
FORMS = ["{}", "**{}**", "_{}_", "`{}`", "~~{}~~", "[{}](https://example.com/x)", "{}  \nnext"]


# --- texts


def words(luck):
    return " ".join(luck.choice(WORDS) for _ in range(luck.randrange(1, 6)))


def lines(luck):
    """Plain text of several lines."""
    return luck.choice(["\n", "\n\n", " "]).join(words(luck) for _ in range(luck.randrange(1, 4)))


def inline(luck):
    return luck.choice(FORMS).format(words(luck))


def block(luck):
    """A block of Markdown."""
    kind, parts = luck.randrange(8), [inline(luck) for _ in range(luck.randrange(1, 4))]
    if kind == 0:
        return "#" * luck.randrange(1, 7) + " " + words(luck)
    if kind == 1:
        return "\n".join(f"- {line}" for line in parts)
    if kind == 2:
        return "\n".join(f"{n}. {line}" for n, line in enumerate(parts, 1))
    if kind == 3:
        return "```\n" + words(luck) + "\n```"
    if kind == 4:
        return "> " + inline(luck)
    if kind == 5:
        return "- [ ] " + words(luck) + "\n- [x] done"
    if kind == 6:
        return "---"
    return luck.choice(["\n", " ", "  \n"]).join(parts)


def markdown(luck):
    return luck.choice(["\n\n", "\n", "\n\n\n"]).join(block(luck) for _ in range(luck.randrange(1, 5)))


def document(luck):
    """A text as Jira's editor makes one."""
    return {"type": "doc", "version": 1, "content": [node(luck) for _ in range(luck.randrange(1, 4))]}


def node(luck):
    kind = luck.randrange(6)
    paragraph = {"type": "paragraph", "content": [leaf(luck) for _ in range(luck.randrange(1, 4))]}
    if kind == 0:
        return {"type": "heading", "attrs": {"level": luck.randrange(1, 7)}, "content": [leaf(luck)]}
    if kind in (1, 2):
        item = {"type": "listItem", "content": [paragraph]}
        return {"type": "bulletList" if kind == 1 else "orderedList", "content": [item] * luck.randrange(1, 3)}
    if kind == 3:
        return {"type": "codeBlock", "content": [{"type": "text", "text": words(luck)}]}
    if kind == 4:
        return {"type": "panel", "attrs": {"panelType": "info"}, "content": [paragraph]}
    return paragraph


def leaf(luck):
    marks = luck.sample(MARKS, luck.choice([0, 0, 1, 2]))
    return {"type": "text", "text": words(luck), **({"marks": marks} if marks else {})}


# --- times


def moment(luck):
    return START + timedelta(seconds=luck.randrange(-(10**8), 10**8), milliseconds=luck.choice([0, 0, 123, 999]))


def minute(luck):
    """A time as services keep it that know no seconds."""
    return moment(luck).replace(second=0, microsecond=0)


def day(luck):
    return moment(luck).date().isoformat()


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def zoned(luck):
    """A time as Jira spells it, in the zone of whoever typed it."""
    minutes = luck.choice([0, 60, -480, 330, 345])
    sign = "-" if minutes < 0 else "+"
    return f"{iso(moment(luck) + timedelta(minutes=minutes))}{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def utc(luck):
    return iso(moment(luck)) + "Z"


# --- numbers and choices


def number(luck):
    return luck.choice([0, 1, -1, luck.randrange(10**12), round(luck.uniform(-1e6, 1e6), 3), 0.1 + 0.2, 1e-8])


def money(luck):
    return luck.choice([0, 19.9, -5, luck.randrange(10**6) / 100, luck.randrange(10**6)])


def part(luck):
    return luck.choice([0, 0.5, 1, 1.25, luck.randrange(1000) / 1000])


def stars(luck):
    return luck.randrange(1, 6)


def seconds(luck):
    return luck.choice([0, 60, 3_600, luck.randrange(10**6)])


def flag(luck):
    return luck.random() < 0.5


def size(luck):
    return luck.choice(SIZES)


def tags(luck):
    return luck.sample(TAGS, luck.randrange(4))


def person(luck):
    return luck.choice(PEOPLE)["email"]


def people(luck):
    return [one["email"] for one in luck.sample(PEOPLE, luck.randrange(3))]


def page(luck):
    return luck.choice(
        ["https://example.com/?q=a%20b&c=ü", "http://example.com/a_b#c", f"https://example.com/{size(luck)}"]
    )


def mail(luck):
    return luck.choice(["mira.quill+x@example.com", "İ@example.com", "O'Neil@example.com", f"{size(luck)}@Example.com"])


def phone(luck):
    return luck.choice(["+49 30 123456", "(555) 010-0199", "0199", f"+1-555-01{luck.randrange(10, 99)}"])
