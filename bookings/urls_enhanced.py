"""The addresses under /api/bookings/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bookings.api.bookings.views import BookingViewSet
from bookings.api.changes.views import ChangesView
from bookings.api.feedback.views import FeedbackViewSet
from bookings.api.hours.views import AvailabilityViewSet, TimeOffViewSet, WeekView
from bookings.api.slots.views import AvailableSlotsView, FirstSlotsView, ScheduleView
from bookings.api.summary.views import SummaryView
from bookings.api.zoom_webhook.views import ZoomWebhookView

router = SimpleRouter(use_regex_path=False)
router.register("bookings", BookingViewSet, basename="booking")
router.register("availability", AvailabilityViewSet, basename="availability")
router.register("time-off", TimeOffViewSet, basename="time-off")
router.register("feedback", FeedbackViewSet, basename="feedback")

urlpatterns = [
    path("slots/available/", AvailableSlotsView.as_view(), name="slots-available"),
    path("slots/first/", FirstSlotsView.as_view(), name="slots-first"),
    path("schedule/", ScheduleView.as_view(), name="schedule"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("bookings/summary/", SummaryView.as_view(), name="summary"),
    path("availability/week/", WeekView.as_view(), name="week"),
    path("zoom/webhook/", ZoomWebhookView.as_view(), name="zoom-webhook"),
    path("", include(router.urls)),
]
