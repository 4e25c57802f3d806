"""The routes of the tutorials' project."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView

from bench.baselines.tutorial.views import ClientViewSet, MailingViewSet

router = DefaultRouter()
router.register("clients", ClientViewSet)
router.register("mailings", MailingViewSet)

urlpatterns = [path("api/token/", TokenObtainPairView.as_view()), path("api/", include(router.urls))]
