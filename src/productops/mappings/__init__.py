"""Mappings of our model for Airtable, Notion, Jira and Productboard, to use as they are or to copy and edit.

>>> from productops import RoadmapItem
>>> from productops.mappings import load, source
>>> load("airtable", RoadmapItem).fields["status"].field
'Stage'
>>> print(source("jira", RoadmapItem).splitlines()[2])
    title="summary",

Every name in them is a name people see in the service; ``collection.prepare(mapping)`` adds what is missing there.
"""

from productops.mappings.codecs import bucket, contact
from productops.mappings.families import launches
from productops.mappings.shipped import load, models, services, source

__all__ = ["bucket", "contact", "launches", "load", "models", "services", "source"]
