"""The APIs that lists are sent to: HubSpot and Klaviyo through drt, Salesforce by its Bulk API 2.0.

Needs the extra `push`; nothing else imports this module before something is to be sent. A row counts as
accepted only when the tool confirmed it: drt reports how far it came and which row failed, Salesforce lists
the rows that it took. Rows are never logged, neither by us nor by the HTTP library, which would log addresses
as parts of URLs.

https://github.com/drt-hub/drt
https://developer.salesforce.com/docs/platform/api-asynch/guide/bulk-api-2-0-ingest.html
"""

from __future__ import annotations

import csv
import io
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from drt.config.models import (
    BearerAuth,
    DestinationConfig,
    HubSpotDestinationConfig,
    KlaviyoDestinationConfig,
    RateLimitConfig,
    RetryConfig,
    SyncOptions,
)
from drt.destinations.base import Destination as DrtDestination
from drt.destinations.hubspot import HubSpotDestination
from drt.destinations.klaviyo import KlaviyoDestination
from drt.destinations.retry import with_retry

from dagster_project.activate.api import Answer, Record, Sender
from dagster_project.activate.destination import Api, Destination
from dagster_project.settings import PushCredentials, SettingsError

#: Answers that are about the row alone. All others (who we are, how often we ask, the tool being down) would
#: be the same for the next row.
ABOUT_THE_ROW = frozenset({400, 404, 409, 410, 413, 422})

#: What may stand in a URL as it is. drt puts HubSpot's key there unescaped: an address with a question mark,
#: as carriers once gave out, would write to whichever contact its beginning names.
PLAIN_IN_A_URL = re.compile(r"[A-Za-z0-9.!$&'*+=_~@-]+")

#: Patient enough for a tool that asks to wait: HubSpot's limits are per ten seconds, Klaviyo's per minute.
PATIENT = RetryConfig(max_attempts=6, initial_backoff=1.0, max_backoff=60.0)

KLAVIYO_PROFILES = "https://a.klaviyo.com/api/profiles/"


def sender_for(destination: Destination, credentials: PushCredentials) -> Sender:
    """The API of a destination with `push`.

    Raises:
        SettingsError: When a credential is missing or cannot be used; the message names its variable.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    (key,) = (column for column in destination.columns if column.label("en") in destination.key)
    name = key.property or key.label("en")
    if destination.push is Api.HUBSPOT:
        return HubSpot(credentials.required("hubspot_token"), name)
    if destination.push is Api.KLAVIYO:
        return Klaviyo(credentials.required("klaviyo_api_key"), name)
    return Salesforce(
        instance=checked_instance(credentials.required("salesforce_instance_url")),
        client_id=credentials.required("salesforce_client_id"),
        client_secret=credentials.required("salesforce_client_secret"),
        key=name,
    )


def checked_instance(url: str) -> str:
    """The address of a Salesforce org; credentials never go over a line that others can read."""
    if not url.startswith("https://") and httpx.URL(url).host not in ("127.0.0.1", "localhost"):
        raise SettingsError("SALESFORCE_INSTANCE_URL: begins with https://")
    return url.rstrip("/")


def options(
    retry: RetryConfig,
    requests_per_second: float,
    **given: Any,  # noqa: ANN401 - drt's own options
) -> SyncOptions:
    """drt stops at the first row that fails, so that it is known which rows came before."""
    rate = RateLimitConfig(requests_per_second=requests_per_second)
    return SyncOptions(on_error="fail", retry=retry, rate_limit=rate, **given)


def send_with_drt(
    destination: DrtDestination, config: DestinationConfig, given: SyncOptions, records: list[Record]
) -> Answer:
    """Sends records one by one, goes on after one that is refused, and stops when the next would fail too."""
    answer, begin = Answer(), 0
    while begin < len(records):
        result = destination.load(records[begin:], config, given)
        # Skipped without a match: who is leaving is not there any more, which is as good as taken back.
        taken = result.success + result.skipped_no_match
        end = begin + taken
        failed = result.row_errors[0] if result.row_errors else None
        if taken != (failed.batch_index if failed else len(records) - begin):
            answer.stopped = "drt's counts do not add up"
            return answer
        answer.accepted += range(begin, end)
        if failed is None:
            return answer
        if failed.http_status not in ABOUT_THE_ROW:
            answer.stopped = f"HTTP {failed.http_status}" if failed.http_status else "no connection"
            return answer
        answer.refused[end] = f"HTTP {failed.http_status}: {failed.error_message}"
        begin = end + 1
    return answer


def placed(answer: Answer, places: list[int]) -> Answer:
    """An answer about some of the records, as one about all of them."""
    return Answer(
        accepted=[places[place] for place in answer.accepted],
        refused={places[place]: reason for place, reason in answer.refused.items()},
        stopped=answer.stopped,
    )


@dataclass
class HubSpot:
    """Contacts through drt, one request for each (two when it exists), at most nine a second.

    Attributes:
        token: Of a private app with the scope crm.objects.contacts.write.
        key: The property by which contacts are found.
    """

    token: str = field(repr=False)
    key: str
    retry: RetryConfig = field(default_factory=lambda: PATIENT)
    requests_per_second: float = 9
    rows_per_batch: int = 100

    def send(self, records: list[Record], leaving: bool) -> Answer:
        """Creates or updates contacts; who is leaving is only updated."""
        policy = "update_only" if leaving else "upsert"
        given = options(self.retry, self.requests_per_second, match_policy=policy)
        auth = BearerAuth(type="bearer", token=self.token)
        config = HubSpotDestinationConfig(type="hubspot", id_property=self.key, auth=auth)
        places = [place for place, record in enumerate(records) if PLAIN_IN_A_URL.fullmatch(record[self.key])]
        sent = [records[place] for place in places]
        answer = placed(send_with_drt(HubSpotDestination(), config, given, sent), places)
        left_out = sorted(set(range(len(records))) - set(places))
        answer.refused |= dict.fromkeys(
            left_out, "the address cannot stand in a URL: import the file instead"
        )
        return answer


@dataclass
class Klaviyo:
    """Profiles through drt, one request for each (two when it exists), at most five a second.

    Attributes:
        api_key: A private key with the scope profiles:write, and profiles:read for those who leave.
        key: The field by which profiles are found.
    """

    api_key: str = field(repr=False)
    key: str
    retry: RetryConfig = field(default_factory=lambda: PATIENT)
    requests_per_second: float = 5
    rows_per_batch: int = 100

    def send(self, records: list[Record], leaving: bool) -> Answer:
        """Creates or updates profiles; who is leaving is only updated."""
        config = KlaviyoDestinationConfig(type="klaviyo", api_key=self.api_key, email_field=self.key)
        given = options(self.retry, self.requests_per_second)
        if not leaving:
            return send_with_drt(KlaviyoDestination(), config, given, records)
        headers = {
            "Authorization": f"Klaviyo-API-Key {self.api_key}",
            "revision": config.revision,
            "Accept": "application/json",
        }
        try:
            with httpx.Client(timeout=30.0, headers=headers) as client:
                places = [
                    place for place, record in enumerate(records) if self.exists(client, record[self.key])
                ]
        except httpx.HTTPError as error:
            return Answer(stopped=reason(error))
        answer = placed(
            send_with_drt(KlaviyoDestination(), config, given, [records[place] for place in places]), places
        )
        answer.accepted += sorted(set(range(len(records))) - set(places))
        return answer

    def exists(self, client: httpx.Client, address: str) -> bool:
        """Whether there is a profile: drt would make one for a person who may have been erased there."""
        literal = address.replace("\\", "\\\\").replace('"', '\\"')
        asked = {"filter": f'equals(email,"{literal}")', "fields[profile]": "email"}
        found = with_retry(lambda: checked(client.get(KLAVIYO_PROFILES, params=asked)), self.retry)
        return bool(found.json()["data"])


@dataclass
class Salesforce:
    """Contacts by Bulk API 2.0, a job for each batch; the rows it took are those that it lists afterwards.

    drt's own destination tells how many rows failed but not which, and forgets those that an aborted job
    never came to.

    Attributes:
        instance: Address of the org, such as https://shop.my.salesforce.com.
        client_id: Of an app with the client credentials flow, whose user may edit contacts.
        client_secret: Of the same app.
        key: The external id field by which contacts are found.
    """

    instance: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    key: str
    retry: RetryConfig = field(default_factory=lambda: PATIENT)
    poll_seconds: float = 5.0
    patience_seconds: float = 3600.0
    rows_per_batch: int = 10_000
    version: str = "v60.0"

    def send(self, records: list[Record], leaving: bool) -> Answer:
        """Upserts contacts; who is leaving and not there cannot be created for want of a last name."""
        try:
            with httpx.Client(timeout=120.0, headers=self.authorised()) as client:
                return self.run_job(client, records, leaving)
        except httpx.HTTPError as error:
            return Answer(stopped=reason(error))

    def authorised(self) -> dict[str, str]:
        """The header of all further requests."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        response = self.ask(lambda: httpx.post(f"{self.instance}/services/oauth2/token", data=form))
        return {"Authorization": f"Bearer {response.json()['access_token']}"}

    def ask(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        """The response to a request, repeated while the tool asks to wait or cannot be reached."""
        return with_retry(lambda: checked(request()), self.retry)

    def run_job(self, client: httpx.Client, records: list[Record], leaving: bool) -> Answer:
        """Creates a job, uploads its rows, waits for its end and reads what became of each row."""
        jobs = f"{self.instance}/services/data/{self.version}/jobs/ingest"
        asked = {
            "object": "Contact",
            "operation": "upsert",
            "externalIdFieldName": self.key,
            "contentType": "CSV",
            "lineEnding": "LF",
        }
        job = f"{jobs}/{self.ask(lambda: client.post(jobs, json=asked)).json()['id']}"
        upload = {"Content-Type": "text/csv; charset=UTF-8"}
        self.ask(lambda: client.put(f"{job}/batches", content=as_csv(records), headers=upload))
        self.ask(lambda: client.patch(job, json={"state": "UploadComplete"}))
        state = self.end_of(client, job)
        answer = self.results(client, job, records, leaving)
        if state != "JobComplete":
            answer.stopped = f"the job ended as {state}"
        return answer

    def end_of(self, client: httpx.Client, job: str) -> str:
        """The state in which a job ends, or is left after too long a time."""
        deadline = time.monotonic() + self.patience_seconds
        while True:
            state = str(self.ask(lambda: client.get(job)).json().get("state"))
            if state in ("JobComplete", "Failed", "Aborted") or time.monotonic() > deadline:
                return state
            time.sleep(self.poll_seconds)

    def results(self, client: httpx.Client, job: str, records: list[Record], leaving: bool) -> Answer:
        """What became of each row; a row in neither list was not dealt with."""
        places = {record[self.key]: place for place, record in enumerate(records)}
        taken = read_csv(self.ask(lambda: client.get(f"{job}/successfulResults")))
        failed = read_csv(self.ask(lambda: client.get(f"{job}/failedResults")))
        gone = [row for row in failed if leaving and "REQUIRED_FIELD_MISSING" in row["sf__Error"]]
        refused = {row[self.key]: row["sf__Error"] for row in failed if row not in gone}
        return Answer(
            accepted=[places[row[self.key]] for row in [*taken, *gone] if row[self.key] in places],
            refused={places[key]: why for key, why in refused.items() if key in places},
        )


def checked(response: httpx.Response) -> httpx.Response:
    """The response, unless its status is an error."""
    return response.raise_for_status()


def reason(error: httpx.HTTPError) -> str:
    """What went wrong, without the URL, which may hold an address."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return "no connection"


def as_csv(records: list[Record]) -> bytes:
    """Records as CSV; Salesforce leaves a field with an empty cell as it is."""
    names = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def read_csv(response: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV response."""
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
