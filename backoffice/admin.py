"""Titles of the admin site."""

from django.contrib import admin

admin.site.site_header = admin.site.site_title = "Bookings"
admin.site.index_title = "Overview"
# The root of the site has no page.
admin.site.site_url = None
