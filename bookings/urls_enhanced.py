"""The addresses under /api/bookings/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bookings import views

router = SimpleRouter(use_regex_path=False)
router.register("availability", views.AvailabilityViewSet, basename="availability")
router.register("time-off", views.TimeOffViewSet, basename="time-off")
router.register("bookings", views.BookingViewSet, basename="booking")
router.register("feedback", views.FeedbackViewSet, basename="feedback")

urlpatterns = [
    path("slots/available/", views.AvailableSlotsView.as_view(), name="slots-available"),
    path("schedule/", views.ScheduleView.as_view(), name="schedule"),
    path("zoom/webhook/", views.ZoomWebhookView.as_view(), name="zoom-webhook"),
    path("", include(router.urls)),
]
