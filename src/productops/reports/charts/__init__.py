"""Charts as Altair objects that people can restyle, and as SVG or PNG without a browser; the `charts` extra.

Every chart carries a `description` for those who do not see it, and tells with shape, dash or a word what it tells
with colour. What they show is computed by the model; nothing is computed here.
"""

from productops.reports.charts.canvas import dumbbell, slope
from productops.reports.charts.drawing import dark, save
from productops.reports.charts.feedback import demand_heat, demand_trend
from productops.reports.charts.impact import calibration_curve, payback
from productops.reports.charts.launch import burn_up
from productops.reports.charts.priority import kano_map, opportunity_map, tornado, value_effort
from productops.reports.charts.processes import adoption_steps
from productops.reports.charts.roadmap import timeline
from productops.reports.charts.study import recruiting

__all__ = [
    "adoption_steps",
    "burn_up",
    "calibration_curve",
    "dark",
    "demand_heat",
    "demand_trend",
    "dumbbell",
    "kano_map",
    "opportunity_map",
    "payback",
    "recruiting",
    "save",
    "slope",
    "timeline",
    "tornado",
    "value_effort",
]
