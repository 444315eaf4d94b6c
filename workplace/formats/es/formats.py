"""Spanish dates with their weekday, like the English ones."""

DATE_FORMAT = r"D j \d\e b \d\e Y"
DATETIME_FORMAT = r"D j \d\e b \d\e Y, H:i"
