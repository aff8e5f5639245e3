"""The control plane: faults on request, for tests. It exists with `serve --control` alone, under `/_emulator/`.

It is JSON over HTTP on the port of the services, for loopback callers that name a loopback host, without signatures:
whoever can reach the port can use it. Web pages cannot: what comes with an `Origin` is refused, and a body must be sent
as `application/json`, which a page does not send without asking first.
Nothing here is kept: a restart of the emulator repairs all. While it exists, all that tasks give to storage goes over
HTTP, so that it can meet faults, too; without it, small files go there at once.

| method and path | body | what it does |
| --- | --- | --- |
| `POST /_emulator/faults` | a list of rules | replaces the rules, counts from 1 again, empties the log |
| `GET /_emulator/faults` | | `rules` with how often each was `seen` and `fired`, `count` and log of `requests` |
| `DELETE /_emulator/faults` | | no rules, counts from 1 again, empties the log |
| `GET /_emulator/clock` | | `now` of the engine's clock (UNIX seconds), its `rate` |
| `POST /_emulator/clock` | `{"advance": seconds}` | the engine's clock jumps, and what is due by then happens |
| `POST /_emulator/nodes/<pool>/<node>` | `{"fail": how}`, with `"for": seconds` | a node fails |
| | `{"recover": true}` | it comes back: rebooted, or made anew after a preemption; its disk has room |
| `POST /_emulator/pools/<pool>` | `{"resize_error": {...}, "allocation_delay": seconds}` | trouble for its resizes |

Rules of `faults`. A request of a service is counted by every rule that it fits; the first rule that is due on it
takes effect. Counts are in order of arrival, so the same requests in the same order meet the same faults.

| member | what it says |
| --- | --- |
| `service` | `batch`, `blob` or `any` (when absent) |
| `method` | `GET`, ...; absent: any |
| `path` | a regular expression that is found in the decoded path, without the query; blobs are below `/<account>/` |
| `nth` | due on the k-th request that fits |
| `every` | or on each n-th of them |
| `from`, `to` | or on these, both ends included; without `to` on all from there; without any of the four on all |
| `times` | takes effect that often at most |
| `kind` | what happens, see below |

| kind | what happens | with |
| --- | --- | --- |
| `"503"`, `"500"`, `"429"`, any 4xx or 5xx | answered so, nothing is done | `retry_after` seconds, `code`, `message` |
| `reset` | the connection is reset, nothing is done | |
| `timeout` | never answered, nothing is done; ends when the client goes | |
| `lost` | carried out, then the connection is closed without an answer | |
| `delay` | carried out and answered after `seconds` of real time | `seconds` |
| `slow` | carried out, each part of its body sent in eight pieces over `seconds` of real time | `seconds` |

An entry of the log has `number`, `service`, `method`, `path`, the `status` that was made (also of an answer that was
lost; null when none was made) and the `fault` that it met, or null. The last 10,000 requests are kept; requests to
`/_emulator/` are neither counted nor kept. Paths carry no query, for that may hold a SAS.

How a node fails (`"for"` seconds of the engine's clock, or until it is told to recover):

| how | what happens |
| --- | --- |
| `unusable` | state `unusable`, with an entry in `errors`; its tasks are queued again |
| `died` | state `unknown`: contact is lost, its files cannot be read; its tasks are queued again |
| `startTaskFailed` | as after a boot whose start task exits with 1; its pool must have one |
| `preempted` | of low-priority nodes: state `preempted`, all on it is lost; its tasks are queued again |
| `disk_full` | what the service writes for tasks there fails: they end with `DiskFull`; the node stays as it is |

Tasks that go back to the queue have their `requeueCount` grown, not their `retryCount`. A node that is being made,
started or removed cannot fail (409). With `disk_full`, what a process writes that already runs is its own.

Trouble for a pool, which need not be there yet; each call replaces what was said before, so `{}` ends it:
`resize_error` `{"code": ..., "message": ..., "times": n}` ends all of its next resizes that need nodes, or `times` of
them: `allocationState` is `steady`, the targets stay, the nodes are those that it had, and `resizeErrors` has the error
until the next resize. With `allocation_delay`, nodes take so many seconds of the engine's clock to come; when that is
longer than the pool's `resizeTimeout`, the resize ends then with `AllocationTimedout`.
"""

PREFIX = "/_emulator/"
