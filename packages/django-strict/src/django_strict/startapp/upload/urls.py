"""URLs for samples, below ``/api/v1/``."""

from apps.samples import views
from django.urls import path

app_name = "samples"

urlpatterns = [
    path("samples/", views.SampleListView.as_view(), name="list"),
    path("samples/<int:sample_id>/", views.SampleDetailView.as_view(), name="detail"),
    path("samples/files/<str:token>/", views.SampleFileView.as_view(), name="file"),
]
