from django.contrib.admin.apps import AdminConfig


class WorkplaceAdminConfig(AdminConfig):
    """Django's admin with this site in place of its own: every `@admin.register` registers here."""

    default_site = "workplace.site.WorkplaceSite"
