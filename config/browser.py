"""What a page may ask of the browser: passkeys, the clipboard to copy to, and nothing else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

OURS = ("publickey-credentials-get", "publickey-credentials-create", "clipboard-write")
NOBODYS = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
POLICY = ", ".join([f"{feature}=(self)" for feature in OURS] + [f"{feature}=()" for feature in NOBODYS])


class Permissions:
    """Middleware: the Permissions-Policy of every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = POLICY
        return response
