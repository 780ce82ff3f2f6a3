"""What the command line says, in English and French.

The English sentence is the key. ``fr.yaml`` and ``fr-errors.yaml`` hold its translation, with the same names in braces.
Sentences that the library made are recognised by their pattern; what is in no catalogue stays English, so that nothing
is hidden.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from productops.errors import ConfigError, ProductOpsError

LANGUAGES = ("en", "fr")
VARIABLES = ("PRODUCTOPS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set says the language
FEWEST = 3  # letters by which a sentence is recognised; with fewer it would be found inside others, half translated
PLACED = "{file}, line {line} ["
HOLE = re.compile(r"\{\w+\}")
SENTENCES = re.compile(r"(?<=[.?!]) ")
INNER = ("rest", "why", "what")  # names of braces whose content is translated as well
HEADS = {
    "ConfigError": "A setting is not right.",
    "MappingError": "A mapping does not fit.",
    "AuthError": "The service does not accept the credentials.",
    "AccessError": "The account may not do this.",
    "MissingExtraError": "A package is missing.",
    "RateLimitedError": "The service asks to wait.",
    "UnavailableError": "The service cannot be reached.",
    "UnknownOutcomeError": "An answer was lost; the next run looks first.",
    "IncompleteListingError": "A listing did not come whole; nothing was concluded from it.",
    "StaleError": "The plan is out of date. Make a new one.",
    "GoneError": "The thing is no longer there.",
    "RejectedError": "The service refused a record.",
    "GuardError": "A limit stopped the run; nothing was written.",
    "ConflictError": "Both sides say different things.",
}
# What the library tells in its own calls, told in commands.
COMMANDS = (
    (
        'Use adopt(prefer="left"), adopt(prefer="right") or adopt(prefer="ask"), with match="title" to pair',
        'Use productops plan --adopt left (or right, or ask) --save FILE, with match = "title" in the job to pair',
    ),
    ("apply(plan, confirm=plan.id)", "productops apply FILE --confirm"),
    ("or use adopt(), which", "or use productops plan --adopt ask --save FILE, which"),
    ("See conflicts() for those", "See productops conflicts list for those"),
    ("See runs(); a run", "See productops undo; a run"),
    ("inbox_file()", "productops conflicts file"),
    ("Give it to answer() first", "Give it to productops conflicts answer first"),
    ("conflicts(closed=True)", "productops conflicts list --closed"),
    ("Make one with ws.export(path)", "Make one with productops export"),
    ('For instance match="title"', "For instance --match title"),
)
_spoken = "en"
asked: ContextVar[str | None] = ContextVar("asked", default=None)  # what the command line asks for
missing: set[str] = set()  # sentences that were looked for in vain, for the tests


def speak(language: str | None = None, file: str | None = None) -> str:
    """Set the language, ``en`` or ``fr``, and return it.

    The first that says one counts: the argument, what the command line asks for anywhere, PRODUCTOPS_LANG, a file's
    own, LC_ALL, LC_MESSAGES, LANG.

    Raises:
        ConfigError: it is another one.

    """
    global _spoken  # noqa: PLW0603, RUF100 # a process speaks one language
    own, *systems = (os.environ.get(name) for name in VARIABLES)
    chosen = next(filter(None, (language, asked.get(), own, file, *systems)), "")
    chosen = re.split(r"[_.@-]", chosen)[0].lower()
    if chosen not in LANGUAGES:
        if language:
            raise ConfigError(f"{language!r} is not a language.", remedy=f"Use one of {', '.join(LANGUAGES)}.")
        chosen = "en"
    _spoken = chosen
    return chosen


def spoken() -> str:
    """Return the language that is spoken."""
    return _spoken


def say(sentence: str, **values: object) -> str:
    """Return a sentence in the language spoken, with the values filled in."""
    if _spoken != "en":
        if sentence not in _catalogue(_spoken):
            missing.add(sentence)
        sentence = _catalogue(_spoken).get(sentence, sentence)
    return sentence.format(**values) if values else sentence


def as_commands(text: str) -> str:
    """Return a line of the library with commands in place of its calls.

    >>> as_commands("If it is meant, apply(plan, confirm=plan.id)")
    'If it is meant, productops apply FILE --confirm'
    """
    for call, command in COMMANDS:
        text = text.replace(call, command)
    return text


def translated(text: str) -> str:
    """Return a line that the library made in the language spoken, as far as it is known."""
    text = as_commands(text)
    if _spoken == "en" or not text.strip():
        return text
    return _translated(text) or text


def retold(text: str) -> str:
    """Return a line of the demo in the language spoken; it speaks of calls, so none becomes a command."""
    return text if _spoken == "en" else _translated(text) or text


def _translated(text: str) -> str | None:
    for pattern, target in _patterns(_spoken):
        if found := pattern.fullmatch(text):
            values = {
                name: _inner(value) if name.rstrip("0123456789") in INNER else value
                for name, value in found.groupdict().items()
            }
            return target.format(**values)
    missing.add(text)
    return None


def error_text(error: ProductOpsError) -> str:
    """Return an error as sentences in the language spoken: what happened, the service's words, the remedy."""
    if _spoken == "en":
        return as_commands(str(error))
    told = "\n".join(translated(line) for line in error.message.splitlines())
    if told == as_commands(error.message):  # not in the catalogue: say at least what kind of thing it is
        told = f"{say(HEADS.get(type(error).__name__, 'Something went wrong.'))} {told}"
    parts = [told]
    if error.service_message and error.service_message not in error.message:
        parts.append(say("The service says: {words}", words=error.service_message))
    if error.remedy:
        parts.append(translated(error.remedy))
    return " ".join(part if part.endswith((".", "!", "?", "…", '"')) else f"{part}." for part in parts)


def _inner(text: str) -> str:
    """Return what stands in a brace in the language spoken: as a whole, or sentence by sentence."""
    if (whole := _translated(text)) is not None:
        return whole
    return " ".join(_sentence(one) for one in SENTENCES.split(text))


def _sentence(text: str) -> str:
    """Return a sentence in the language spoken, whether its full stop stands there or outside the brace."""
    if (told := _translated(text) or _translated(text.removesuffix("."))) is not None:
        return told
    stopped = _translated(f"{text}.")
    return text if stopped is None else stopped.removesuffix(".")


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Return what commands say and what the library says in errors, in one."""
    import yaml

    parts = (f"{language}.yaml", f"{language}-errors.yaml")
    texts = [(files("productops.cli.words") / part).read_text(encoding="utf-8") for part in parts]
    return {english: told for text in texts for english, told in yaml.safe_load(text).items()}


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the catalogue as patterns, those with the most fixed words first."""
    known = sorted(_catalogue(language).items(), key=lambda item: _rank(item[0]))
    told = [(source, target) for source, target in known if "{" not in source or _letters(source) >= FEWEST]
    return [(re.compile("".join(_parts(source)), re.DOTALL), target) for source, target in told]


def _rank(sentence: str) -> tuple[bool, int, int]:
    """Return what sentences are tried by: those that name a place in a file first, then the most particular."""
    return not sentence.startswith(PLACED), -_letters(sentence), -len(HOLE.sub("", sentence))


def _letters(sentence: str) -> int:
    """Return how many letters of a sentence are its own, whatever is filled in."""
    return len(re.sub(r"\W", "", HOLE.sub("", sentence)))


def _parts(source: str) -> Iterator[str]:
    for part in re.split(r"(\{\w+\})", source):
        yield f"(?P<{part[1:-1]}>.+?)" if part.startswith("{") and part.endswith("}") else re.escape(part)
