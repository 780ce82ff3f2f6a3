"""Where people work: a Jira project, an Airtable table, seen and touched as by hand.

Every place shows its records alike: id → what the four fields say. The oracle sees nothing else of a service.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta

FIELDS = ("title", "text", "due", "status")
STAGES = {"idea": "Inbox", "doing": "Building", "done": "Shipped"}
STATUSES = {"idea": "To Do", "doing": "In Progress", "done": "Done"}
IN_JIRA = {"title": "summary", "text": "description", "due": "duedate", "status": "status"}
RECORD = re.compile(r"rec[A-Za-z0-9]{14}")


class Place:
    """What all places share: when people edited what, and when a program last read it by id."""

    def __init__(self, world, name, endpoint):
        self.world, self.name, self.endpoint = world, name, endpoint
        self.edited = {}  # (record, field) → the moment's number, and the process that did it (None: a person)
        self.by_hand = set()  # records that people brought back beside another of the same thing
        self.read = defaultdict(dict)  # process → (record, field) → the moment's number of its last read by id
        self.removed = set()  # records that people removed
        self.sent = {}  # id of a request → itself, to keep the id its own; what had been read when it was sent; by whom
        self.writes = 0
        self._watch(endpoint.service)

    def _watch(self, service):
        """See every write as it takes effect, also where a service does a part of it and fails."""
        service.handle = self._watched(service.handle)
        service.misbehave = self._watched(service.misbehave, 1)

    def _watched(self, answering, at=0):
        def watched(*given):
            request = given[at]
            if not self.writes_with(request):
                return answering(*given)
            before = self.live()
            answer = answering(*given)
            if before == (after := self.live()) and answer is None:
                return answer  # it did not misbehave: the request is still to be answered
            _, known, process = self.sent.pop(id(request), (request, {}, None))
            self.world.oracle.committed(self, before, after, known, process)
            return answer

        return watched

    def sending(self, request):
        """A program sends a request. What it knows from before a listing is no look right before a write."""
        process = self.world.process_number()
        mine = self.read[process]
        if self.writes_with(request):
            self.sent[id(request)] = (request, dict(mine), process)
        elif self.lists(request):
            mine.clear()
        for record in self.reads(request):
            mine |= dict.fromkeys(((record, field) for field in self.asked(request)), self.world.moment())

    def asked(self, request):
        """The fields that a read shows."""
        return FIELDS

    def edit(self, record, field, value):
        self._edit(record, field, value)
        self.edited[record, field] = (self.world.moment(), None)

    def value(self, record, field):
        return self.live().get(record, {}).get(field)


class JiraPlace(Place):
    """Stories of the project PROD. Hiding one moves it to another project."""

    def __init__(self, world, name, endpoint, site):
        self.site = site
        self.hidden = set()
        super().__init__(world, name, endpoint)

    def writes_with(self, request):
        return request.method in ("PUT", "DELETE") or (
            request.method == "POST" and not re.search(r"search|bulkfetch|jql|match", request.path)
        )

    def lists(self, request):
        return request.path.endswith("search/jql")

    def reads(self, request):
        if request.path.endswith("issue/bulkfetch"):
            text = request.body.decode()
            return [i.id for i in self.site.issues() if f'"{i.id}"' in text or f'"{i.key}"' in text]
        found = re.search(r"/issue/([A-Z]+-\d+|\d+)$", request.path)
        return (
            [i.id for i in self.site.issues() if found and found[1] in (str(i.id), i.key)]
            if request.method == "GET"
            else []
        )

    def asked(self, request):
        """A bulk read names its fields; before it replaces a text, the connector looks at that text once more."""
        if not request.path.endswith("issue/bulkfetch"):
            return FIELDS
        told = request.body.decode()
        return [field for field, name in IN_JIRA.items() if f'"{name}"' in told]

    def live(self):
        return {issue.id: self._shown(issue) for issue in self.site.issues()}

    def _shown(self, issue):
        fields = issue.fields
        status = self.site.site.statuses[issue.status].name
        stage = {v: k for k, v in STATUSES.items()}.get(self.world.now_called.get(status, status), status)
        return {
            "title": fields.get("summary"), "text": plain(fields.get("description")),
            "due": str(fields["duedate"]) if fields.get("duedate") else None, "status": stage,
            "other": repr(fields.get("labels")),
        }  # fmt: skip

    def markers(self):
        return {issue.id: str(issue.properties.get("productops.sync", "")) for issue in self.site.issues()}

    def add(self, values):
        fields = {"description": adf(values["text"]), "duedate": values["due"], "labels": ["kept"]}
        project = self.site.site.project("PROD")
        members, project.members = project.members, None  # colleagues still see it
        try:
            return self.site.add("PROD", "Story", values["title"], fields, at=self.world.clock.now()).id
        finally:
            project.members = members

    def _edit(self, record, field, value):
        at = self.world.clock.now()
        if field == "status":
            called = {v: k for k, v in self.world.now_called.items()}
            self.site.transition(self._key(record), called.get(STATUSES[value], STATUSES[value]), at=at)
        else:
            name = IN_JIRA[field]
            self.site.edit(self._key(record), {name: adf(value) if field == "text" else value}, at=at)

    def _key(self, record):
        return self.site.site.issues[record].key

    def remove(self, record):
        self.site.remove(self._key(record), at=self.world.clock.now())
        self.removed.add(record)

    def restore(self, luck):
        return None

    def hide(self, record):
        self.site.move(self._key(record), "OPS", at=self.world.clock.now())
        self.hidden.add(record)

    def lock(self):
        """Jira hides what an account may not see: the project, and every issue, are then 'not found'."""
        project = self.site.site.project("PROD")
        project.members = frozenset() if project.members is None else None

    def show_all(self):
        self.site.site.project("PROD").members = None
        for record in sorted(self.hidden):
            if record in self.live():
                self.site.move(self._key(record), "PROD", at=self.world.clock.now())
        self.hidden.clear()


class AirtablePlace(Place):
    """Rows of a table. People may restore what was removed."""

    def __init__(self, world, name, endpoint, hand, names, keys):
        self.hand, self.names, self.keys = hand, names, keys
        self.ids = {field: hand.field_id(label) for field, label in names.items()}
        self.key_ids = [hand.field_id(key) for key in keys]
        super().__init__(world, name, endpoint)

    def writes_with(self, request):
        return request.method in ("PUT", "DELETE", "PATCH") or (
            request.method == "POST" and not request.path.endswith("listRecords")
        )

    def lists(self, request):
        return not self.writes_with(request) and "tbl" in request.path and not self.reads(request)

    def reads(self, request):
        if self.writes_with(request):
            return []
        return RECORD.findall(" ".join([*(value for _, value in request.query), request.body.decode()]))

    def live(self):
        table = self.hand._table
        labels = {field: table.field(key).name for field, key in self.ids.items()}
        shown = {}
        for row in self.hand.records():
            fields = row["fields"]
            stage = fields.get(labels["status"])
            stage = {v: k for k, v in STAGES.items()}.get(self.world.now_called.get(stage, stage), stage)
            text = (fields.get(labels["text"]) or "").strip() or None
            shown[row["id"]] = {
                "title": fields.get(labels["title"]), "text": text, "due": fields.get(labels["due"]), "status": stage,
                "other": repr(fields.get("Private")),
            }  # fmt: skip
        return shown

    def markers(self):
        table = self.hand._table
        labels = [table.field(key).name for key in self.key_ids]
        return {row["id"]: " ".join(row["fields"].get(label, "") for label in labels) for row in self.hand.records()}

    def add(self, values):
        cells = {"title": values["title"], "text": values["text"], "due": values["due"], "status": STAGES["idea"]}
        return self.hand.add({**self._cells(cells), "Private": "kept"})

    def _cells(self, values):
        called = {v: k for k, v in self.world.now_called.items()}
        return {
            self.hand._table.field(self.ids[field]).name: called.get(value, value) if field == "status" else value
            for field, value in values.items()
        }

    def _edit(self, record, field, value):
        self.hand.edit(record, self._cells({field: STAGES[value] if field == "status" else value}))

    def remove(self, record):
        self.hand.remove(record)
        self.removed.add(record)

    def restore(self, luck):
        trash = self.hand.trash()
        if not trash:
            return None
        record = luck.choice(trash)
        self.hand.restore(record)
        return record

    def hide(self, record):
        return None

    def show_all(self):
        return None


def adf(text):
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]} if text else None


def plain(node):
    """The words of a document."""
    if not isinstance(node, dict):
        return node or None
    own = node.get("text", "")
    return (own + " ".join(plain(child) or "" for child in node.get("content", []))).strip() or None


def day(number, start):
    return (start + timedelta(days=number)).date().isoformat()
