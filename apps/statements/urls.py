from django.urls import path

from apps.statements import between_page, difference_page, messages_page, views

app_name = "statements"

urlpatterns = [
    path("", views.StatementList.as_view(), name="list"),
    path("new/", views.new, name="new"),
    path("between/", between_page.between, name="between"),
    path("between/messages/", between_page.counted, name="between-messages"),
    path("between/moved/", between_page.moved, name="between-moved"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/messages/", messages_page.of_statement, name="messages"),
    path("<int:pk>/difference/", difference_page.difference, name="difference"),
    path("<int:pk>/difference/messages/", difference_page.moved, name="moved"),
]
