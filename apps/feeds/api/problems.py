"""What went wrong with a request, as RFC 9457 has it: a machine reads `status` and `code`, a person `title` and `detail`."""

from django.http import JsonResponse


class Problem(Exception):
    """The request is answered with this and has changed nothing."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(status, code)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers

    def answer(self) -> JsonResponse:
        told = {"type": "about:blank", "title": TITLES[self.status], "status": self.status, "code": self.code, "detail": self.detail}
        return JsonResponse(told, status=self.status, content_type="application/problem+json", headers=self.headers)


TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    411: "Length required",
    413: "Content too large",
    415: "Unsupported media type",
    422: "Not received",
    429: "Too many requests",
}
