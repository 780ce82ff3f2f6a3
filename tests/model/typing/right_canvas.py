"""A canvas and an assessment."""

from datetime import date

from productops import Assessment, Canvas, Capability
from productops.model.assessment import CanvasIndex, CapabilityResult, Gap, Rating, canvas_index, gaps

canvas = Canvas(name="Basics", capabilities=(Capability(id="interviews", name="Interviews", target="best"),))
seen: Assessment = Assessment.for_canvas(
    canvas, team_id="team_web", held_on=date(2026, 9, 1), ratings=[Rating(capability_id="interviews", level="good")]
)
results: list[CapabilityResult] = seen.results(canvas)
index: CanvasIndex = canvas_index(canvas, results)
open_gaps: list[Gap] = gaps(canvas, results)
picture: str = seen.grid(canvas)
following: Canvas = canvas.revise(name="Basics, shorter")
