"""What comes out of a workspace is of the class that was asked for."""

from productops import Feedback, RoadmapItem, Workspace

note: Feedback = Workspace("product.db").get(RoadmapItem, "item_1")  # expect: assignment
