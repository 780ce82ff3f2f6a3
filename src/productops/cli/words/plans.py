"""A plan, a report and a conflict as lines in the language spoken. In English they are what ``str()`` gives."""

from __future__ import annotations

from collections.abc import Iterator

from productops.cli.words import say, translated
from productops.sync.change import SIDES, Change, Write, brief
from productops.sync.conflict import Conflict
from productops.sync.plan import SHOWN, TITLES, Plan
from productops.sync.report import DONE, Report

VERBS = {
    "create": "create {count}",
    "change": "update {count}",
    "restore": "restore {count}",
    "delete": "delete {count}",
}
KINDS = {"create": "create", "change": "update", "restore": "restore", "delete": "delete"}


def plan_text(plan: Plan) -> str:
    """Return a plan as a person reads it."""
    lines = [summary(plan)]
    if plan.blocked:
        lines += ["", say("Nothing will be written:"), *(f"  ! {translated(reason)}" for reason in plan.blocked)]
    shown: dict[str, list[str]] = {}
    for change in plan.changes:
        if change.kind != "agree" and len(shown.setdefault(change.kind, [])) < SHOWN:
            shown[change.kind].append("  " + change_text(change, plan))
    for kind, found in shown.items():
        lines += ["", say(TITLES[kind]), *found]
        total = sum(count for what, count in plan.counts.items() if what.startswith(kind))
        if kind in ("create", "delete", "link") and total > len(found):
            lines.append("  " + say("… and {count} more", count=f"{total - len(found):,}"))
    for title, items in _sections(plan):
        lines += ["", say(title), *(f"  {item}" for item in items[:SHOWN])]
        if len(items) > SHOWN:
            lines.append("  " + say("… and {count} more", count=f"{len(items) - SHOWN:,}"))
    return "\n".join(lines)


def _sections(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    for title, items in plan._sections():
        if title == "Needs a decision":
            yield title, [conflict_text(conflict) for conflict in plan.conflicts]
        else:
            yield title, [translated(line) for line in items]


def summary(plan: Plan) -> str:
    """Return a plan in one sentence."""
    parts = []
    for side in SIDES:
        doing = [
            say(VERBS[verb], count=f"{count:,}")
            for verb, kind in KINDS.items()
            if (count := plan.counts.get(f"{kind}_{side}", 0))
        ]
        if doing:
            parts.append(say("{what} in {where}", what=_join(doing), where=plan.names.get(side, side)))
    if links := plan.counts.get("link"):
        parts.append(say("link {count} pairs that already exist", count=f"{links:,}"))
    text = _join(parts)
    text = text[:1].upper() + text[1:] if text else say("Nothing to do")
    tail = list(_tail(plan))
    return text + (say(": {what}", what=_join(tail)) if tail else "") + "."


def _tail(plan: Plan) -> Iterator[str]:
    problems = len(plan.problems) + plan.hidden
    for count, one, many in (
        (len(plan.conflicts), "1 conflict needs a decision", "{count} conflicts need a decision"),
        (problems, "1 problem to read", "{count} problems to read"),
        (plan.waiting, "1 earlier write not settled yet", "{count} earlier writes not settled yet"),
    ):
        if count:
            yield say(one) if count == 1 else say(many, count=f"{count:,}")


def change_text(change: Change, plan: Plan) -> str:
    """Return a change as one line."""
    what = "; ".join(write_text(write, plan) for write in change.writes)
    if change.kind == "link":
        what = say("these two are the same") + (f"; {what}" if what else "")
    link = change.url()
    why = f" ({translated(change.why)})" if change.why else ""
    return f"{change.name}  {what}{why}" + (f"  {link}" if link not in change.name else "")


def write_text(write: Write, plan: Plan) -> str:
    """Return what a write does, in a few words."""
    where = plan.names.get(write.side, write.side)
    if write.kind != "update":
        return say(f"{write.kind} in {{where}}", where=where)
    fields = [
        f"{name}: {_brief(write.before.get(name, [None, None])[1])} → {_brief(value)}"
        for name, value in write.fields.items()
    ]
    return say("in {where}: {fields}", where=where, fields=", ".join(fields) or say("write the sync key"))


def conflict_text(conflict: Conflict) -> str:
    """Return a conflict as one line."""
    if not conflict.field:
        told = [translated(str(text)) for text in (conflict.left, conflict.right) if text]
        return f"{conflict.id}  {conflict.name}: " + "; ".join(told)
    says = [
        say(
            "{where} says {value}",
            where=f"{side} ({conflict.names[side]})" if side in conflict.names else side,
            value=_brief(value),
        )
        for side, value in (("left", conflict.left), ("right", conflict.right))
    ]
    agreed = say("last agreed: {value}", value=_brief(conflict.base))
    return f"{conflict.id}  {conflict.name} {conflict.field}: {', '.join(says)} ({agreed})"


def report_text(report: Report) -> str:
    """Return what a run did."""
    parts = [
        say(f"{verb} {{count}} {side}", count=f"{counts[side]:,}")
        for kind, verb in (("update", "changed"), ("create", "created"), ("delete", "deleted"), ("restore", "restored"))
        for counts in (getattr(report, DONE[kind]),)
        for side in SIDES
        if counts[side]
    ]
    parts += [say("linked {count}", count=f"{report.linked:,}")] if report.linked else []
    lines = [f"{report.sync}: " + (", ".join(parts) or say("nothing to do"))]
    for label, count in (
        ("conflicts open", report.conflicts),
        ("writes not settled yet", report.uncertain),
        ("lost answers found", report.recovered),
        ("edits overwritten in the gap, kept among the settled conflicts", report.gap_edits),
    ):
        if count:
            lines.append(f"  {say(label)}: {count:,}")
    for title, items in (("moved since the plan", report.skipped), ("problems", report.problems)):
        if items:
            lines += [f"  {say(title)}: {len(items):,}", *(f"    {translated(item)}" for item in items[:SHOWN])]
    return "\n".join(lines)


def _brief(value: object) -> str:
    return say("(empty)") if value is None else brief(value)


def _join(parts: list[str]) -> str:
    return f" {say('and')} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
