"""A ladder as a cell file says it."""

LADDER = """
[[ladder]]
rung = "policy"
attempts = 1
recoveries = ["none"]
clears_after = 0

[[ladder]]
rung = "careful"
attempts = 1
recoveries = ["new_view"]
clears_after = 0
speed_scale = 0.5

[[ladder]]
rung = "second"
attempts = 2
recoveries = ["stir", "new_view"]
clears_after = 3
bundle = "second"

[recovery]
look_m = [[0.44, -0.22, 0.28], [0.56, -0.26, 0.28]]
stir_zone_m = [0.38, 0.62, -0.30, -0.14]
stir_z_m = 0.05
timeout_s = 6.0
skips_max = 1
ask_timeout_s = 600.0
"""
