"""The description of the interface, OpenAPI 3.1; a test holds it against a validator, the addresses and the answers."""

from typing import Any

from apps.feeds.forms import ENCODINGS
from apps.ledger.models import ImportState

TEXT, NUMBER, COUNT = {"type": "string"}, {"type": "integer"}, {"type": ["integer", "null"]}


def described() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Framme: handing in files",
            "version": "1",
            "description": "A file of a feed, as its source wrote it, is kept before the answer is given and read afterwards. Every line is accepted, known before "
            "(a duplicate) or rejected with a reason. The same file handed in twice changes nothing.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {
            "/api/feeds/{feed}/imports": {"parameters": [FEED], "post": HAND_IN},
            "/api/feeds/{feed}/imports/{import}": {"parameters": [FEED, IMPORT], "get": READ_IMPORT},
            "/api/feeds/{feed}/canaries": {"parameters": [FEED], "post": REGISTER},
            "/api/push/{key}": {"parameters": [KEY_IN_ADDRESS], "post": PUSH},
        },
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Whoever brings in files for the service makes a key on the page of the feed. It opens that feed alone, and is shown once.",
                }
            },
            "schemas": {"Received": RECEIVED, "Import": STANDING, "Canary": CANARY, "Problem": PROBLEM},
        },
    }


def answer(says: str, schema: str, *, media: str = "application/json") -> dict[str, Any]:
    return {"description": says, "content": {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def problems(**says: str) -> dict[str, Any]:
    """By status, the digits after an underscore."""
    return {status.strip("_"): answer(text, "Problem", media="application/problem+json") for status, text in says.items()}


def record(*, may_lack: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    required = [name for name in properties if name not in may_lack]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


FEED = {
    "name": "feed",
    "in": "path",
    "required": True,
    "schema": TEXT,
    "description": "The feed's name for other systems, as its page shows it; it carries the service's code and the format, such as 4601.portal-list.",
}
IMPORT = {"name": "import", "in": "path", "required": True, "schema": NUMBER}
KEY_IN_ADDRESS = {"name": "key", "in": "path", "required": True, "schema": TEXT}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Your own name for the request. Asked again with the same file you get the same answer; with another file the request is refused.",
}
OPTIONS = [
    {"name": "file_name", "in": "query", "schema": {"type": "string", "maxLength": 200}, "description": "What people shall see it called."},
    {
        "name": "encoding",
        "in": "query",
        "schema": {"type": "string", "enum": [name for name, _label in ENCODINGS]},
        "description": "Of a text that is not UTF-8.",
    },
    {"name": "reference", "in": "query", "schema": {"type": "string", "maxLength": 200}, "description": "The message, for a file that does not name it."},
]
ANY_BYTES = {"required": True, "content": {"application/octet-stream": {}}}
RECEIVED = record(
    imports={"type": "array", "items": record(id=NUMBER, file_name=TEXT, is_new={"type": "boolean", "description": "False when the same file came before."})},
    refused={"type": "array", "items": record(file_name=TEXT, code=TEXT, reason=TEXT), "description": "Files of a zip that were not received."},
)
STANDING = record(
    id=NUMBER,
    file_name=TEXT,
    state={"type": "string", "enum": list(ImportState.values)},
    received_at={"type": "string", "format": "date-time"},
    read=COUNT,
    accepted=COUNT,
    duplicate=COUNT,
    rejected=COUNT,
    warnings={"type": "array", "items": TEXT},
    reason={"type": ["string", "null"]},
)
CANARY = record(reference={"type": "string", "format": "uuid"})
PROBLEM = record(type=TEXT, title=TEXT, status=NUMBER, code=TEXT, detail=TEXT)
HAND_IN = {
    "operationId": "handIn",
    "summary": "Hand in a file",
    "description": "The body is the file itself, or a zip of files, each of which becomes an import of its own.",
    "parameters": [IDEMPOTENCY_KEY, *OPTIONS],
    "requestBody": ANY_BYTES,
    "responses": {
        "202": answer("Kept, and owed to be read.", "Received"),
        **problems(
            _400="No Idempotency-Key, a wrong option, or less came than was announced.",
            _401="No key that holds.",
            _404="The key opens no feed of this name.",
            _409="The same request is being received at this moment.",
            _411="The length of the body was not announced.",
            _413="The file is too large.",
            _415="The body is a form with the file in it, and not the file itself.",
            _422="The Idempotency-Key was used for something else, or nothing of the zip can be received.",
            _429="Too many requests by this key.",
        ),
    },
}
READ_IMPORT = {
    "operationId": "readImport",
    "summary": "How an import stands",
    "responses": {"200": answer("As it stands now.", "Import"), **problems(_401="No key that holds.", _404="The key's feed has no such import.")},
}
REGISTER = {
    "operationId": "registerCanary",
    "summary": "Register a test message of your own",
    "description": "Before it is sent, by the reference that it will travel under: whatever is told of it afterwards is counted nowhere.",
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Canary"}}}},
    "responses": {
        "200": answer("It was registered before.", "Canary"),
        "201": answer("Registered.", "Canary"),
        **problems(
            _400="No UUID, or the feed's format names no messages of a channel.",
            _401="No key that holds.",
            _404="The key opens no feed of this name.",
            _409="A source has told of the reference already: only people can say that it is a test.",
        ),
    },
}
PUSH = {
    "operationId": "push",
    "summary": "Push what happened to a message",
    "description": "For sources that can be given an address and nothing else: eFormidling's integrasjonspunkt and Altinn's events. The key is part of the address, "
    "so it is a secret as a whole.",
    "security": [],
    "requestBody": {"required": True, "content": {"application/json": {}}},
    "responses": {
        "200": {"description": "A greeting of the source; nothing was received.", "content": {"application/json": {}}},
        "202": answer("Kept, and owed to be read.", "Received"),
        **problems(
            _400="No JSON.",
            _401="No key that holds.",
            _404="No source pushes to a feed of this format.",
            _409="The same push is being received at this moment.",
            _411="The length of the body was not announced.",
            _413="More than a push can be.",
            _422="It cannot be received.",
            _429="Too many requests by this key.",
        ),
    },
}
