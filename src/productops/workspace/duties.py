"""What a workspace owes people: to be told, to be forgotten, and not to be kept for ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, cast

from productops.model.closing import Closures, Notice
from productops.model.feedback import LoopClosure, Outcome
from productops.model.launch import Launch
from productops.model.people import Person, PersonRef
from productops.workspace import forgetting, retention, telling
from productops.workspace.origin import Origin

if TYPE_CHECKING:
    from productops.workspace.home import Workspace


class Duties:
    """The part of :class:`~productops.workspace.home.Workspace` that closes the loop and forgets."""

    @property
    def _home(self) -> Workspace:
        return cast("Workspace", self)

    # --- closing the loop

    def closures(self, launch: Launch, **options: Any) -> Closures:
        """Draft a notice for everybody who asked for what a launch ships and was not told yet.

        The options are those of `productops.model.closing.closures`.
        """
        return telling.draft(self._home, launch, options)

    def claim(self, notice: Notice, *, channel: str = "mail", **origin: Unpack[Origin]) -> bool:
        """Take a notice before sending it; False when it was taken or sent before, by whichever process.

        Send it only when this says True, then `mark_notified`. When the process dies in between, nobody is told a
        second time; `unsettled` lists what to look up.
        """
        return telling.claim(self._home, notice, channel, origin)

    def mark_notified(
        self,
        notice: Notice,
        *,
        channel: str = "mail",
        outcome: Outcome | str = Outcome.NOTIFIED,
        message_ref: str | None = None,
        **origin: Unpack[Origin],
    ) -> list[LoopClosure]:
        """Write down that a notice was sent, and what came of it; once, however often it is said.

        Returns the records that were new; none when it was written down before.
        """
        return telling.mark(self._home, notice, channel, Outcome(outcome), message_ref, origin)

    def unsettled(self) -> list[LoopClosure]:
        """Return the notices that were claimed and never marked."""
        return telling.unsettled(self._home)

    # --- privacy

    def forget(
        self, person: PersonRef | Person, *, also: Iterable[str] = (), elsewhere: Iterable[str | Path] = ()
    ) -> forgetting.Erased:
        """Replace a person by a pseudonym everywhere: in every entity, and in all of the history.

        Names, addresses and accounts are cut from every text, as `productops.model.forget.forget` does; `also` are
        other names of theirs. Whatever names the person later, from a sync, an import or an old copy, is stored
        under the pseudonym. All or nothing.

        `elsewhere` are the places that this library wrote beside the workspace: states of syncs (paths or URLs), copies
        and exports of the workspace, saved plans or a folder of them. They are cleaned one after the other before the
        workspace itself is done with; where one fails, the workspace is as it was, and the next call goes on.

        Raises:
            ConfigError: the workspace holds a class that is not registered here, or a place cannot be read or is none.

        """
        return forgetting.forget(self._home, person, also, elsewhere)

    def expired(self, rules: Sequence[retention.Keep], as_of: date) -> retention.Expired:
        """Return what is too old by these rules; `print` it, then `purge` it.

        Raises:
            ConfigError: a rule names a field that the class does not have, or that cannot be left empty.

        """
        return retention.expired(self._home, rules, as_of)

    def purge(self, found: retention.Expired) -> int:
        """Remove what expired, with its history, and return how many entities were touched."""
        return retention.purge(self._home, found)
