"""All URLs of the site, and those of the views that it is compared with."""

from django.urls import path

from bench.naive import NaiveSlots
from bench.reference import Empty, Reference
from rag_app import urls
from rag_app.http import throttling

for limits in (throttling.PER_ACCOUNT, throttling.PER_ADDRESS):
    limits.update(dict.fromkeys(limits, 10**9))

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500

urlpatterns = [
    path("bench/reference/", Reference.as_view()),
    path("bench/empty/", Empty.as_view()),
    path("bench/naive/", NaiveSlots.as_view()),
    *urls.urlpatterns,
]
