"""What is no news in a note: greetings, signatures, quoted mails, subject tags and the lines of a form."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

LONGEST = 20_000  # letters of a note that are looked at
EDGE = 300  # letters at both ends in which greetings and signatures are looked for
LEAST_NOTES = 20  # a sentence of a form occurs in at least so many notes
LEAST_SHARE = 0.01  # and in this share of all
DIFFERENT = 0.8  # of them say something different besides

QUOTED = re.compile(
    r"^[ \t]*(?:>.*|on .{4,120} wrote:[ \t]*|am .{4,120} schrieb.{0,80}:[ \t]*|le .{4,120} a écrit ?:[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
BELOW = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:original message|forwarded message|ursprüngliche nachricht).*|_{10,}|--[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
FORM = re.compile(
    r"^[ \t]*(?:from|to|cc|sent|date|subject|name|e-?mail|phone|priority|severity|ticket(?: id)?|case(?: id)?|"
    r"user agent|build identifier|von|an|gesendet|betreff|datum)[ \t]*[:#].*$",
    re.IGNORECASE | re.MULTILINE,
)
START = re.compile(
    r"^(?:\s*(?:(?:re|fwd?|aw|wg)\s*:|"
    r"\[(?:urgent|important|asap|ext(?:ernal)?|action required|"
    r"(?:ticket|case)[^\]\n]{0,20}|[a-z]{0,9}[-#]?\d+)\]|"
    r"(?:hi|hey|hello|dear|hallo|bonjour|hola|good (?:morning|afternoon|evening))"
    r"(?:[ ,]+(?:there|all|team|everyone|everybody|folks|support|sir|madam|guys))*\s*[,:;!.–-]+|"
    r"(?:hi|hey|hello|hallo|bonjour|hola)(?: (?:there|all|team|everyone|folks|support|guys))\b|"
    r"(?:please help|quick (?:note|question)|just (?:a )?(?:quick )?(?:note|question)|"
    r"(?:the )?(?:customer|client|user|caller) (?:says|said|writes|wrote|asks|asked|reports|reported))\s*[:,-]|"
    r"(?:fyi|urgent|asap)\b\s*[:,!-]*)[\s–-]*)+",
    re.IGNORECASE,
)
THANKS = r"thanks?(?: you)?(?: (?:so|very) much| a lot| in advance)?|thx|cheers|danke|merci|gracias"
WISHES = r"(?:best|kind|warm) (?:regards|wishes)|(?:kind )?regards|sincerely|mit freundlichen grüßen|viele grüße"
ASKING = r"please|pls|plz|asap|any (?:update|news)s?|(?:please|pls|plz) (?:fix|help|advise)"
SENT = r"sent from (?:my|the) [\w ]{2,20}|gesendet von mein\w* \w{2,20}|get outlook for \w+"
END = re.compile(
    rf"(?:[\s,.!?–-]*(?:\b(?:{THANKS}|{ASKING}|{WISHES}|{SENT})\b|[:;][-']?[()DP]))+[\s.,!?]*$", re.IGNORECASE
)
SHORT_FORMS = """
u=you ur=your r=are pls=please plz=please thx=thanks w/=with w/o=without &=and acct=account acc=account msg=message
b/c=because bc=because cuz=because info=information pw=password pwd=password txn=transaction cant=can't dont=don't
wont=won't didnt=didn't doesnt=doesn't im=i'm
"""
SHORT = dict(pair.split("=") for pair in SHORT_FORMS.split())
PUNCTUATION = re.compile(r"[^\w\s'&/+#]+|(?<!\w)['/]|['/](?!\w)(?<!w/)")
SENTENCE = re.compile(r"[^\n.!?]+[.!?]*")


def unmasked(text: str) -> str:
    """The news in one note; the whole note when nothing would be left.

    >>> unmasked("Hi team, the export is broken. Thanks! Sent from my phone")
    'the export is broken'
    """
    text = text[:LONGEST].strip()
    rest = text
    if cut := BELOW.search(rest):
        rest = rest[: cut.start()]
    rest = FORM.sub("", QUOTED.sub("", rest)).strip()
    rest = START.sub("", rest[:EDGE], count=1) + rest[EDGE:]
    rest = (rest[:-EDGE] + END.sub("", rest[-EDGE:], count=1)).strip()
    return rest if any(letter.isalnum() for letter in rest) else text


def plain(text: str) -> str:
    """The news in a note in lower case, with everyday abbreviations written out, for comparing.

    >>> plain("Hey, WHY can't u export w/ dates?")
    "why can't you export with dates"
    """
    words = PUNCTUATION.sub(" ", unmasked(text).lower()).split()
    return " ".join(SHORT.get(word, word) for word in words) or text.lower().strip()


def without_forms(texts: Sequence[str]) -> list[str]:
    """Leave out the sentences of forms: those that many notes share which differ in all the rest.

    A note that holds nothing else stays whole.
    """
    least = least_notes(len(texts))
    if len(texts) < least:
        return list(texts)
    rests: dict[str, set[str]] = defaultdict(set)
    notes: Counter[str] = Counter()
    for text in texts:
        parts = parted(text)
        for part in dict.fromkeys(parts) if len(parts) > 1 else ():
            notes[part] += 1
            rests[part].add(" ".join(one for one in parts if one != part))
    forms = {part for part, count in notes.items() if count >= least and len(rests[part]) >= DIFFERENT * count}
    return [unformed(text, forms) for text in texts] if forms else list(texts)


def least_notes(count: int) -> float:
    """In how many of so many notes a sentence of a form occurs at least."""
    return max(LEAST_NOTES, LEAST_SHARE * count)


def parted(text: str) -> list[str]:
    """The sentences and lines of a note."""
    parts = (" ".join(part.split()) for part in SENTENCE.findall(text[:LONGEST]))
    return [part for part in parts if part]


def unformed(text: str, forms: Collection[str]) -> str:
    """A note without the sentences of forms; whole when there are none in it, or nothing else."""
    parts = parted(text) if forms else []
    rest = [part for part in parts if part not in forms]
    return " ".join(rest) if rest and len(rest) < len(parts) else text
