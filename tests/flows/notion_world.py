"""An imitated Notion beside an imitated Jira and Airtable, in this thread, and syncs between any two of them."""

from flows.world import PEOPLE, World
from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors.notion import Notion
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.notion import Notion as NotionService
from productops.testing.sandbox.plugs import HttpxPlug

PROPERTIES = {
    "Name": "title",
    "Notes": "rich_text",
    "Stage": {"select": ["Inbox", "Building", "Shipped"]},
    "Owner": "people",
    "Due": "date",
    "Parts": {"relation": "Roadmap"},
    "ID": "unique_id",
    "Sync key": "rich_text",
}
STAGES = choice("Stage", idea="Inbox", doing="Building", done="Shipped")


class NotionWorld(World):
    """The three services; Notion's is ``workspace``, its endpoint ``at["notion"]``."""

    def __init__(self, home, *, version="2025-09-03", properties=None, rows=(), limits=None, cap=10_000, **more):
        super().__init__(home, **more)
        source = {"title": "Roadmap", "properties": properties or PROPERTIES, "rows": list(rows)}
        seed = {"users": PEOPLE, "databases": [{"title": "Roadmap", "sources": [source]}]}
        self.workspace = NotionService.from_json(seed, clock=self.clock, limits=limits, cap=cap)
        self.workspace.settle = (5.0, 10.0)
        self.at["notion"] = Endpoint(self.workspace, clock=self.clock, log_size=20_000)
        self.notion = Notion(
            "ntn_sandbox", url="http://localhost", version=version, transport=HttpxPlug(self.at["notion"]),
            clock=self.clock, rate=None,
        )  # fmt: skip

    @property
    def desk(self):
        """A person at the Notion database."""
        return self.workspace.source("Roadmap")

    def source(self, **options):
        return self.notion.data_source(self.desk.id, **{"key": "Sync key", **options})

    def views(self):
        """One view for each service, of the same fields."""
        issues = Mapping(
            RoadmapItem, title="summary", description=markdown("description"), owner=person("assignee"), due="duedate",
            status=choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
        )  # fmt: skip
        rows = Mapping(
            RoadmapItem, title="Name", description=markdown("Notes"), owner=person("Owner"), due="Target date",
            status=STAGES,
        )  # fmt: skip
        pages = Mapping(
            RoadmapItem, title="Name", description=markdown("Body"), owner=person("Owner"), due="Due", status=STAGES
        )
        return {
            "jira": issues.on(self.jira.issues(project="PROD", type="Story")),
            "airtable": rows.on(self.table()),
            "notion": pages.on(self.source()),
        }

    def between(self, left, right, **options):
        views = self.views()
        name = f"{left}-{right}"
        return Sync(
            name,
            left=views[left],
            right=views[right],
            **{"state": self.home / f"{name}.db", "clock": self.clock.now, **options},
        )

    def bodies(self):
        """Page titles and their texts as the workspace itself shows them."""
        return {row["Name"]: self.workspace.hands.body(row["#"]) for row in self.desk.rows()}

    def written(self):
        """Requests that change something, so far and everywhere."""
        notion = self.at["notion"]
        sent = sum(notion.requests(method) for method in ("PATCH", "DELETE"))
        sent += notion.requests("POST", r"/v1/pages")
        return sent + self.sent("airtable", "PATCH") + self.sent("jira", "PUT") + self.sent("jira", "POST", ".*issue.*")
