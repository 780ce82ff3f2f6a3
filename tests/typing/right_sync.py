"""Two mappings of one model, a sync between them, and what it answers."""

from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors import Airtable, Jira

issues = Mapping(RoadmapItem, title="summary", description=markdown("description"), owner=person("assignee"),
                 status=choice("status", idea="To Do", doing=["In Progress", "QA"], done="Done"))  # fmt: skip
rows = Mapping(RoadmapItem, title="Name", description=markdown("Notes"), owner=person("Owner"),
               status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"))  # fmt: skip
sync = Sync(
    "roadmap",
    left=issues.on(Jira.from_env().issues(project="PROD", type=["Story", "Task"])),
    right=rows.on(Airtable.from_env().table("Product", "Roadmap", key="Sync key")),
    match="title",
    on_conflict="ask",
)
written: int = sync.run(full=True).writes
