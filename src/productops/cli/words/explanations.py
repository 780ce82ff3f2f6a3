"""An explanation as lines in the language spoken. In English it is what ``str()`` gives."""

from __future__ import annotations

from productops.cli.words import say, translated
from productops.sync.book.history import FATES, Explanation, Step, when
from productops.sync.change import brief


def explanation_text(found: Explanation) -> str:
    """Return who wrote a field, when, and by which rule."""
    lines = [f"{found.title or say('(untitled)')}: {found.field}"]
    if found.values:
        said = "; ".join(
            say("{value} in {where}", value=_brief(value), where=found.names[side])
            for side, value in found.values.items()
        )
        lines.append("  " + say("last agreed: {value}", value=said))
    else:
        lines.append("  " + say("was never agreed between the two sides"))
    lines += ["  " + _step(found, step) for step in found.steps]
    if not found.steps:
        lines.append("  " + say("this sync never wrote it: people did, on the side they work on"))
    for item in found.conflicts:
        decision = item.decision or {}
        fate = say(item.state)
        if item.state == "closed":
            fate = say("settled ({take})", take=say(str(decision.get("take", "both became equal"))))
        values = {"left": _brief(item.left), "right": _brief(item.right)}
        lines.append("  " + say("conflict {id}, {fate}: left {left}, right {right}", id=item.id, fate=fate, **values))
    return "\n".join(lines)


def _step(found: Explanation, step: Step) -> str:
    fate = FATES.get(step.state, "")
    return say(
        "{at}, {run}: wrote {value} to {where} over {before}: {rule}{fate}",
        at=when(step.at),
        run=step.run,
        value=_brief(step.value),
        where=found.names[step.side],
        before=_brief(step.before),
        rule=translated(step.rule),
        fate=f" {say(fate.strip())}" if fate else "",
    )


def _brief(value: object) -> str:
    return say("(empty)") if value is None else brief(value, 80)
