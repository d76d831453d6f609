"""Servers on this machine that behave like the tools' APIs: they ask to wait, refuse rows, break down."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Tool:
    """What a tool holds, and what it does to the requests that come.

    Attributes:
        contacts: Properties of each contact, by what it is found by.
        answers: Statuses to give to the next requests instead of dealing with them; 0 deals with them.
        refuses: Contacts that it will not have.
        capacity: Rows that a Salesforce job comes to before it is aborted.
        requests: Method and path of every request, with what the server answered.
    """

    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    capacity: int = 1_000_000
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    jobs: dict[str, dict] = field(default_factory=dict)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    """What the tools have in common."""

    tool: Tool
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        forced = self.tool.answers.pop(0) if self.tool.answers else 0
        status, content = (forced, {"message": "no"}) if forced else self.answer(body)
        self.tool.requests.append((self.command, self.path, status))
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_PATCH = do_PUT = handle_request

    def answer(self, body: bytes) -> tuple[int, object]:
        raise NotImplementedError


class HubSpotApi(Handler):
    """Objects API v3: contacts by e-mail."""

    def answer(self, body: bytes) -> tuple[int, object]:
        if self.headers["Authorization"] != "Bearer token-of-the-tests":
            return 401, {"category": "INVALID_AUTHENTICATION"}
        path, sent = unquote(urlsplit(self.path).path), json.loads(body)["properties"]
        if self.command == "PATCH":
            address = path.rsplit("/", 1)[1]
            if address not in self.tool.contacts:
                return 404, {"category": "OBJECT_NOT_FOUND"}
        else:
            address = sent["email"]
            if address in self.tool.contacts:
                return 409, {"message": "Contact already exists"}
        if address in self.tool.refuses:
            return 400, {"message": f"Property values were not valid: {address}"}
        self.tool.contacts.setdefault(address, {}).update(sent)
        return 200, {"id": "1", "properties": sent}


class KlaviyoApi(Handler):
    """Profiles by e-mail; a profile's id is its e-mail with id: before."""

    def answer(self, body: bytes) -> tuple[int, object]:
        if self.headers["Authorization"] != "Klaviyo-API-Key token-of-the-tests":
            return 401, {}
        parts = urlsplit(self.path)
        if self.command == "GET":
            (asked,) = parse_qs(parts.query)["filter"]
            address = asked.removeprefix('equals(email,"').removesuffix('")')
            return 200, {"data": [{"id": f"id:{address}"}] if address in self.tool.contacts else []}
        attributes = json.loads(body)["data"]["attributes"]
        address = attributes["email"]
        if self.command == "POST" and address in self.tool.contacts:
            return 409, {"errors": [{"meta": {"duplicate_profile_id": f"id:{address}"}}]}
        if address in self.tool.refuses:
            return 400, {"errors": [{"detail": f"{address} is no address"}]}
        self.tool.contacts.setdefault(address, {}).update(attributes.get("properties", {}))
        return 201, {"data": {"id": f"id:{address}"}}


class SalesforceApi(Handler):
    """Bulk API 2.0: upsert of contacts by an external id; a job is worked through when it is closed."""

    def answer(self, body: bytes) -> tuple[int, object]:
        path = urlsplit(self.path).path
        if path == "/services/oauth2/token":
            given = {key: values[0] for key, values in parse_qs(body.decode()).items()}
            is_known = given["client_secret"] == "token-of-the-tests"
            return (200, {"access_token": "session"}) if is_known else (400, {"error": "invalid_client"})
        if self.headers["Authorization"] != "Bearer session":
            return 401, {}
        if self.command == "POST":
            number = str(len(self.tool.jobs) + 1)
            self.tool.jobs[number] = {"asked": json.loads(body), "state": "Open", "polls": 0}
            return 200, {"id": number}
        number, _, what = path.removeprefix("/services/data/v60.0/jobs/ingest/").partition("/")
        return self.about_job(self.tool.jobs[number], what, body)

    def about_job(self, job: dict, what: str, body: bytes) -> tuple[int, object]:
        if what == "batches":
            job["rows"] = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
            return 201, {}
        if self.command == "PATCH":
            self.work(job)
            return 200, {}
        if what:
            return 200, as_csv(job[what])
        job["polls"] += 1
        return 200, {"state": job["state"] if job["polls"] > 1 else "InProgress"}

    def work(self, job: dict) -> None:
        key = job["asked"]["externalIdFieldName"]
        rows = job["rows"][: self.tool.capacity]
        job["state"] = "JobComplete" if len(rows) == len(job["rows"]) else "Aborted"
        job["successfulResults"], job["failedResults"] = [], []
        for row in reversed(rows):
            contact = self.tool.contacts.get(row[key])
            given = {name: value for name, value in row.items() if value}
            if row[key] in self.tool.refuses:
                job["failedResults"].append({"sf__Id": "", "sf__Error": "INVALID_EMAIL:no:--", **row})
            elif contact is None and "LastName" not in given:
                error = "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
                job["failedResults"].append({"sf__Id": "", "sf__Error": error, **row})
            else:
                self.tool.contacts.setdefault(row[key], {}).update(given)
                job["successfulResults"].append({"sf__Id": "003", "sf__Created": "true", **row})


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["sf__Id"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@contextmanager
def serving(api: type[Handler], tool: Tool) -> Iterator[Tool]:
    """Serves a tool on a free port of this machine."""
    handler = type(api.__name__, (api,), {"tool": tool})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    tool.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield tool
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
