"""Importing the modules registers their pages."""

from accounts.admin import failed_sign_ins, profiles, users

__all__ = ["failed_sign_ins", "profiles", "users"]
