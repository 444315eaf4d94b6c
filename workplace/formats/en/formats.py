"""English dates and times with 24 hours, where Django's own say "noon" and "1 p.m."."""

TIME_FORMAT = "H:i"
DATE_FORMAT = "D j M Y"
DATETIME_FORMAT = "D j M Y, H:i"
