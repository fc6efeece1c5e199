"""URLs for accounts, below ``/api/v1/``."""

from django.urls import path

from apps.users import views

app_name = "users"

urlpatterns = [
    path("auth/register/", views.RegisterView.as_view(), name="register"),
    path("auth/email/resend/", views.EmailResendView.as_view(), name="email-resend"),
    path("auth/email/confirm/", views.EmailConfirmView.as_view(), name="email-confirm"),
    path("auth/email/change/", views.EmailChangeView.as_view(), name="email-change"),
    path("auth/token/", views.TokenObtainView.as_view(), name="token"),
    path("auth/token/revoke/", views.TokenRevokeView.as_view(), name="token-revoke"),
    path("auth/tokens/", views.TokenListView.as_view(), name="tokens"),
    path(
        "auth/tokens/<int:token_id>/",
        views.TokenDetailView.as_view(),
        name="token-detail",
    ),
    path("auth/csrf/", views.CsrfView.as_view(), name="csrf"),
    path("auth/login/", views.LoginView.as_view(), name="login"),
    path("auth/logout/", views.LogoutView.as_view(), name="logout"),
    path(
        "auth/password/change/",
        views.PasswordChangeView.as_view(),
        name="password-change",
    ),
    path(
        "auth/password/reset/",
        views.PasswordResetView.as_view(),
        name="password-reset",
    ),
    path(
        "auth/password/reset/confirm/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("users/me/", views.MeView.as_view(), name="me"),
    path("users/me/export/", views.ExportView.as_view(), name="export"),
    path("users/export/", views.DownloadView.as_view(), name="download"),
    path("users/", views.UserListView.as_view(), name="list"),
    path("users/<int:user_id>/", views.UserDetailView.as_view(), name="detail"),
]
