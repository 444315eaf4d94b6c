"""The sandbox's addresses: Zoom's own, below one prefix."""

from django.urls import path

from zoom_sandbox import views

app_name = "zoom_sandbox"

urlpatterns = [
    path("oauth/token", views.token, name="token"),
    path("v2/users/<str:host>/meetings", views.meetings, name="meetings"),
    path("v2/meetings/<int:meeting_id>", views.meeting, name="meeting"),
    path("j/<int:meeting_id>", views.join, name="join"),
]
