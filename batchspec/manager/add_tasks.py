"""Adds a schedule's tasks to the job that a node runs this for, and ends: python3 add_tasks.py TASKS

A job schedule holds a job, and no tasks: this is the job manager task that brings them. TASKS is a gzip file, one JSON
value a line: first what they have in common, then the request body of each task. Killed anywhere and run again, it goes
on: what the job holds already is not added again. The job cannot complete before this task has, which ends last of all
when the job holds all of them.

The standard library alone, of Python 3.8 or later: it runs on nodes as they come.

Exit codes: 0 all is done; 1 the service refused, and asking again would not help, so the job was ended; 75 the service
did not answer for long, so that running this again may help.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import sys
import threading
import time
from contextlib import ExitStack, closing
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Dict, NamedTuple  # noqa: UP035  # of Python 3.8
from urllib.parse import quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FORMAT = 1
PER_REQUEST = 100  # tasks, the service's limit
MOST_BYTES = 900_000  # of tasks in a request; the service takes 1 MiB of body
WORKERS = 4
PATIENCE = 900.0  # seconds for one request and all its repetitions
ROUNDS = 8  # how often tasks may come back with a server error
SHOWN = 20  # refused tasks that are told one by one
TIMEOUT = 60.0  # seconds for an answer
IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"
RESOURCE = "https://batch.core.windows.net/"
REFUSED, TRY_AGAIN = 1, 75

Body = Dict[str, Any]  # noqa: UP006


class Refused(Exception):
    """The service says no, and would say so again."""


class TooLarge(Refused):
    """The body of a request is."""


class Unavailable(Exception):
    """No answer that says anything, for as long as we ask."""


class Answer(NamedTuple):
    """What came back for a request."""

    status: int
    retry_after: float
    body: bytes


class Task(NamedTuple):
    """A task: its id, and its request body as JSON."""

    id: str
    text: str


class Stored:
    """The file of tasks, for one job and with the signatures of now."""

    def __init__(self, path: str, job_id: str, links: Mapping[str, str]) -> None:
        self._path = path
        with gzip.open(path, "rt", encoding="utf-8") as file:
            self.head: Body = json.loads(file.readline())
        if self.head["format"] != FORMAT:
            raise Refused(f"the tasks are in format {self.head['format']}, and this script reads {FORMAT}")
        self._links = links
        folder: str = self.head["folder"]
        self._folder = folder, folder.rpartition("/")[0] + "/" + job_id.rpartition(":")[2]
        self._unsigned = re.compile(re.escape(self.head["container"]) + r'(/[^"?\s]*)?\?<sas:([a-z]+)>')

    def __iter__(self) -> Iterator[Task]:
        with gzip.open(self._path, "rt", encoding="utf-8") as file:
            file.readline()
            for line in file:
                text = self._unsigned.sub(self._signed, line.rstrip("\n").replace(*self._folder))
                yield Task(json.loads(text)["id"], text)

    def _signed(self, link: re.Match[str]) -> str:
        return link[0].partition("?")[0] + "?" + self._links[link[2]]


class AccountKey:
    """Signs requests with the key of the account."""

    def __init__(self, account: str, key: str) -> None:
        self._account, self._key = account, base64.b64decode(key)

    def headers(self, method: str, target: str, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Those that sign a request; `target` is the path and query as sent."""
        date = formatdate(usegmt=True)
        path, _, query = target.partition("?")
        empty = [""] * 6
        length, kind = headers.get("Content-Length", ""), headers.get("Content-Type", "")
        lines = [method, "", "", length, "", kind, *empty, f"ocp-date:{date}", f"/{self._account}{path}"]
        pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
        lines += [f"{unquote(name)}:{unquote(value)}" for name, value in pairs]
        signature = hmac.new(self._key, "\n".join(lines).encode(), hashlib.sha256).digest()
        return {"ocp-date": date, "Authorization": f"SharedKey {self._account}:{base64.b64encode(signature).decode()}"}


class ManagedIdentity:
    """Asks the node's metadata service for a token of one of the pool's identities."""

    def __init__(self, resource_id: str) -> None:
        self._resource_id = resource_id
        self._token, self._until = "", 0.0
        self._lock = threading.Lock()

    def headers(self, method: str, target: str, headers: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002
        """The one that brings the token."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._ask()
            return {"Authorization": f"Bearer {self._token}"}

    def _ask(self) -> None:
        query = {"api-version": "2018-02-01", "resource": RESOURCE, "msi_res_id": self._resource_id}
        target = f"{urlsplit(IMDS).path}?{urlencode(query)}"
        with closing(Host(IMDS, busy=(404, 410))) as host:
            answer = host.ask("GET", target, {"Metadata": "true"})
        if answer.status != 200:
            raise Refused(f"the node gives no token for {self._resource_id}: {answer.body.decode(errors='replace')}")
        found = json.loads(answer.body)
        self._token, self._until = found["access_token"], time.monotonic() + float(found["expires_in"]) / 2


class Host:
    """A server, asked again while it is busy or does not answer; a connection for each thread."""

    def __init__(
        self, url: str, credential: AccountKey | ManagedIdentity | None = None, busy: Sequence[int] = ()
    ) -> None:
        self._url = urlsplit(url)
        self._credential = credential
        self._busy = busy
        self._own = threading.local()
        self._open: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close the connections."""
        for connection in self._open:
            connection.close()

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """The answer, whatever it is; only what says that it is busy is not taken for one."""
        until, failures = time.monotonic() + PATIENCE, 0
        while True:
            pause = 0.0
            try:
                answer = self._once(method, target, headers, body)
            except (OSError, http.client.HTTPException) as error:
                self._own.connection.close()  # the next request opens it again
                reason = f"{type(error).__name__}: {error}"
            else:
                pause, reason = answer.retry_after, f"it answers {answer.status}"
                if answer.status not in (408, 429, *self._busy) and answer.status < 500:
                    return answer
            failures += 1
            pause = max(pause, min(30.0, 0.25 * 2.0 ** min(failures, 10))) * (1.0 + random.random() / 4)  # noqa: S311
            if time.monotonic() + pause > until:
                raise Unavailable(f"{self._url.netloc} cannot be reached: {reason}")
            time.sleep(pause)

    def _once(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
            connection = self._own.connection = kind(self._url.netloc, timeout=TIMEOUT)
            self._open.append(connection)
        signed = {**headers, **(self._credential.headers(method, target, headers) if self._credential else {})}
        connection.request(method, target, body, signed)
        answer = connection.getresponse()
        data, wait = answer.read(), answer.getheader("Retry-After", "")
        return Answer(answer.status, float(wait) if wait.isdecimal() else 0.0, data)


class Job:
    """The job that we are the manager of."""

    def __init__(self, host: Host, job_id: str, version: str) -> None:
        self._host, self._version = host, version
        self._path = f"/jobs/{quote(job_id, safe='')}"

    def add(self, tasks: list[Task]) -> list[Body]:
        """One result a task."""
        text = '{"value":[' + ",".join(task.text for task in tasks) + "]}"
        return list(self._send("POST", "/addtaskcollection", text)["value"])

    def count(self) -> int:
        """How many tasks there are, ourselves included. It may lag behind."""
        counts = self._send("GET", "/taskcounts")["taskCounts"]
        return int(counts["active"] + counts["running"] + counts["completed"])

    def ids(self) -> set[str]:
        """The ids of all tasks."""
        found: set[str] = set()
        page = self._send("GET", "/tasks", query={"$select": "id", "maxresults": "1000"})
        while True:
            found.update(task["id"] for task in page["value"])
            link = page.get("odata.nextLink")
            if not link:
                return found
            parts = urlsplit(link)
            page = self._read(self._host.ask("GET", f"{parts.path}?{parts.query}", {"Accept": "application/json"}))

    def give_up(self) -> None:
        """End it, and with it us: else it would wait for ever, and its schedule with it."""
        try:
            self._send("POST", "/terminate", json.dumps({"terminateReason": "BatchspecTasksRefused"}))
        except (Refused, Unavailable) as error:
            tell(f"the job cannot be ended: {error}")

    def _send(self, method: str, path: str, text: str = "", query: Mapping[str, str] | None = None) -> Body:
        target = f"{self._path}{path}?{urlencode({'api-version': self._version, **(query or {})}, safe='$')}"
        body, headers = text.encode() if text else None, {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json; odata=minimalmetadata"
            headers["Content-Length"] = str(len(body))
        return self._read(self._host.ask(method, target, headers, body))

    def _read(self, answer: Answer) -> Body:
        try:
            found = json.loads(answer.body) if answer.body else {}
        except ValueError:
            found = None
        if 200 <= answer.status < 300 and isinstance(found, dict):
            return found
        error = found if isinstance(found, dict) else {}
        code, said = error.get("code", ""), told(error)
        if answer.status == 413 or code == "RequestBodyTooLarge":
            raise TooLarge(said)
        raise Refused(f"the service answers {answer.status}: {said or 'without a reason'}")


class Filling:
    """Adds tasks, from several threads, until all are there or refused."""

    def __init__(self, job: Job, tasks: Iterator[Task]) -> None:
        self._job = job
        self._chunks = chunks(tasks)
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        self.refused: list[str] = []

    def run(self) -> None:
        """Raises Refused and Unavailable when a request as a whole fails."""
        threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            while True:
                with self._lock:
                    chunk = None if self._failure else next(self._chunks, None)
                if chunk is None:
                    return
                self._add(chunk)
        except BaseException as error:  # noqa: BLE001  # told by `run`
            with self._lock:
                self._failure = self._failure or error

    def _add(self, chunk: list[Task]) -> None:
        for attempt in range(ROUNDS):
            if attempt:
                time.sleep(min(30.0, 0.25 * 2.0**attempt))
            try:
                results = {str(entry["taskId"]): entry for entry in self._job.add(chunk)}
            except TooLarge as error:
                if len(chunk) == 1:
                    self.refused.append(f'task "{chunk[0].id}": {error or "it is too large for a request"}')
                    return
                half = len(chunk) // 2
                self._add(chunk[:half])
                self._add(chunk[half:])
                return
            chunk = [task for task in chunk if self._is_lost(task, results.get(task.id))]
            if not chunk:
                return
        raise Unavailable(f'the service failed to add {len(chunk)} tasks, such as "{chunk[0].id}", {ROUNDS} times')

    def _is_lost(self, task: Task, entry: Body | None) -> bool:
        """Whether it has to be added again. One that is there already was added by a request whose answer was lost."""
        status = str(entry["status"]).lower() if entry else ""
        error = (entry or {}).get("error") or {}
        if status == "success" or error.get("code") == "TaskExists":
            return False
        if status == "clienterror":
            self.refused.append(f'task "{task.id}": {told(error) or "without a reason"}')
            return False
        return True


def chunks(tasks: Iterator[Task]) -> Iterator[list[Task]]:
    """As many tasks as fit into a request."""
    made: list[Task] = []
    size = 0
    for task in tasks:
        length = len(task.text.encode()) + 1
        if made and (len(made) == PER_REQUEST or size + length > MOST_BYTES):
            yield made
            made, size = [], 0
        made.append(task)
        size += length
    if made:
        yield made


def told(error: Body) -> str:
    """An error of the service in one line."""
    message = error.get("message") or {}
    text = message.get("value", "") if isinstance(message, dict) else str(message)
    details = "; ".join(f"{pair.get('key')}: {pair.get('value')}" for pair in error.get("values") or ())
    return " ".join(part for part in (error.get("code"), text.partition("\n")[0], details) if part)


def fill(job: Job, stored: Stored) -> None:
    """The job holds all tasks, each once."""
    wanted: int = stored.head["count"]
    held = job.ids() if job.count() > 1 else set()
    filling = Filling(job, (task for task in stored if task.id not in held))
    filling.run()
    if filling.refused:
        said = "\n  ".join(sorted(filling.refused)[:SHOWN])
        more = f"\n  and {len(filling.refused) - SHOWN} more" if len(filling.refused) > SHOWN else ""
        raise Refused(f"the service refused {len(filling.refused)} of {wanted} tasks:\n  {said}{more}")
    if job.count() <= wanted:  # the count may lag behind, the list does not
        held = job.ids()
        missing = [task.id for task in stored if task.id not in held]
        if missing:
            raise Unavailable(f'the job does not hold {len(missing)} tasks that were added, such as "{missing[0]}"')


def main(path: str, environ: Mapping[str, str]) -> int:
    """Do it all; the exit code."""
    key, start = environ.get("BATCHSPEC_ACCOUNT_KEY"), "BATCHSPEC_LINK_"
    given = {name[len(start) :].lower(): link for name, link in environ.items() if name.startswith(start)}
    links = {permissions: link.partition("?")[2] for permissions, link in given.items()}
    job: Job | None = None
    host = ExitStack()
    try:
        url, job_id = environ["AZ_BATCH_ACCOUNT_URL"], environ["AZ_BATCH_JOB_ID"]
        stored = Stored(path, job_id, links)
        credential: AccountKey | ManagedIdentity
        if key:
            credential = AccountKey(environ["AZ_BATCH_ACCOUNT_NAME"], key)
        elif url.startswith("https://"):
            credential = ManagedIdentity(stored.head["identity"])
        else:
            raise Refused(f"{url} is not https, and a token sent there would be given away")
        job = Job(host.enter_context(closing(Host(url, credential))), job_id, stored.head["api_version"])
        fill(job, stored)
    except Refused as error:
        tell(str(error), [key or "", *links.values()])
        if job is not None:
            job.give_up()
        return REFUSED
    except Unavailable as error:
        tell(str(error))
        return TRY_AGAIN
    finally:
        host.close()
    print(f"batchspec: job {job_id} holds {stored.head['count']} tasks")
    return 0


def tell(words: str, secrets: Sequence[str] = ()) -> None:
    """Say what happened, and no secret that the service may have repeated."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    print(f"batchspec: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
