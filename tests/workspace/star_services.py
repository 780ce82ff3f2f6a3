"""The imitated Jira, Airtable, Notion and Productboard around one workspace, in this thread."""

from flows.notion_world import NotionWorld
from productops import Mapping, RoadmapItem, Workspace, choice, markdown, person
from productops.connectors.productboard import Productboard
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import STANDARD_TOKEN
from productops.testing.sandbox.productboard import Productboard as BoardService

STATUS = choice("Status", idea="New idea", doing="In progress", done="Released")


class Services(NotionWorld):
    """Four services; Productboard's is ``board``. A process is made anew for each run."""

    def __init__(self, home, **more):
        super().__init__(home, **more)
        seed = {"members": [{"name": "Mira Quill", "email": "mira@example.com"}]}
        self.board = BoardService.from_json(seed, clock=self.clock, limits=None)
        self.at["productboard"] = Endpoint(self.board, clock=self.clock, log_size=20_000)
        self.productboard = Productboard(
            STANDARD_TOKEN, url="http://localhost", transport=HttpxPlug(self.at["productboard"]), clock=self.clock
        )

    def views(self):
        features = Mapping(
            RoadmapItem, title="Name", description=markdown("Description"), owner=person("Owner"), status=STATUS
        )
        parent = self.board.named("Product").id
        return {**super().views(), "productboard": features.on(self.productboard.features(parent=parent))}

    def workspace_of(self, order=("jira", "airtable", "notion", "productboard"), **options):
        ws = Workspace(self.home / "product.db", by="me")
        views = self.views()
        for name in order:
            ws.connect(name, views[name], clock=self.clock.now, **options.get(name, {}))
        return ws

    def run(self, **more):
        """A whole process: opened, run, closed."""
        self.later()
        with self.workspace_of(**more) as ws:
            report = ws.run()
            return report, ws.conflicts()

    def written(self):
        board = self.at["productboard"]
        changing = sum(board.requests(method) for method in ("POST", "PUT", "PATCH", "DELETE"))
        return super().written() + changing - board.requests("POST", ".*/search")

    def features(self):
        return [one for one in self.board.world.things.values() if one.type == "feature"]

    def pictures(self):
        """Return place → title → (stage, text), as each place itself shows it."""
        return {
            "jira": {
                (shown := self.shown(issue.key))["summary"]: STAGES[shown["status"]["name"]]
                for issue in self.site.issues()
            },
            "airtable": {name: STAGES[row["fields"].get("Stage")] for name, row in self.rows().items()},
            "notion": {row["Name"]: STAGES[row["Stage"]] for row in self.desk.rows()},
            "productboard": {
                one.fields["name"]: STAGES[(one.fields.get("status") or {}).get("name")] for one in self.features()
            },
        }


STAGES = {
    "To Do": "idea", "In Progress": "doing", "Done": "done", "Inbox": "idea", "Building": "doing", "Shipped": "done",
    "New idea": "idea", "In progress": "doing", "Released": "done", None: None,
}  # fmt: skip
