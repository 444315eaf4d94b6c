"""PostgreSQL, for Django: `database.postgresql` in the settings."""
