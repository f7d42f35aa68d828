"""A RingCentral Events for tests: a real HTTP server with OAuth and `resource`, the JSON:API calls, and their limits.

What the vendor has: authorize, token (in the form or in the query, refresh tokens that rotate), health, organizations,
their events, registrations in pages with `links.next`, data subscriptions that run out. What only a test has: faults,
what was asked, people who register and are refunded, deliveries, and a page on another origin that embeds ours.

    with FakeHopin() as hopin: ...          in a test
    python -m tests.fake_hopin --port N     beside a service; prints its settings and takes ctrl-C
"""

import html
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

from tests.stand_in import Answer, StandIn, as_form, as_json

CLIENT_ID, CLIENT_SECRET = "fake_events_client", "fake-events-secret"
RESOURCE = "urn:fake:organization/acme?x=1&y=ü"  # opaque: nobody may understand it
ACME, GLOBEX = "11", "22"
SUMMIT, GALA = "901", "902"
CODE_SECONDS = 300
TOKEN_SECONDS = 3600


def stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Grant:
    organizations: tuple[str, ...]
    resource: str
    redirect_uri: str = ""
    expires_at: float = 0.0


@dataclass
class FakeHopin(StandIn):
    """All of it in memory. `organizations` by id, `events` by organization, `people` by event."""

    page_size: int = 50
    token_wants: str = "form"  # or "query": what stands elsewhere is not seen
    says_when: str = "expires_in"  # or "expires_at", or "iso"
    token_seconds: int = TOKEN_SECONDS
    denies: bool = False
    knows_filter: str = ""  # the name of its filter for changes
    organizations: dict[str, str] = field(default_factory=lambda: {ACME: "Acme Events", GLOBEX: "Globex"})
    gives: tuple[str, ...] = (ACME,)  # what the next consent is for
    events: dict[str, dict[str, str]] = field(
        default_factory=lambda: {ACME: {SUMMIT: "Spring Summit", GALA: "Winter Gala"}, GLOBEX: {}}
    )
    people: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {SUMMIT: {}, GALA: {}})
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"fake-api-key": (ACME,)})
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    queries: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path and query of each call
    repeats_page: int = 0  # the page with this number comes twice
    between: dict[int, Callable[[], None]] = field(
        default_factory=dict
    )  # what happens before a page is given

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a service that takes this for RingCentral Events."""
        return {
            "HOPIN_CLIENT_ID": CLIENT_ID,
            "HOPIN_CLIENT_SECRET": CLIENT_SECRET,
            "HOPIN_HOST": self.address,
            "HOPIN_API_HOST": self.address,
            "HOPIN_FRAMES": self.venue_origin,
        }

    @property
    def venue_origin(self) -> str:
        """Another site than that of a service at 127.0.0.1."""
        return f"http://localhost:{self.port}"

    def venue(self, shown: str) -> str:
        return f"{self.venue_origin}/venue?{urlencode({'show': shown})}"

    # ---- what tests say ---------------------------------------------------------------------------------------

    def register(self, email: str, *, gathering: str = SUMMIT, **more: Any) -> str:
        """Somebody registers; the id."""
        number = str(10_000 + sum(len(each) for each in self.people.values()))
        first, _, last = email.partition("@")[0].partition(".")
        now = stamp(time.time())
        self.people[gathering][number] = {
            "email": email,
            "firstName": first.capitalize(),
            "lastName": last.capitalize(),
            "refunded": False,
            "createdAt": now,
            "updatedAt": now,
        } | more
        return number

    def change(self, number: str, gathering: str = SUMMIT, **fields: Any) -> None:
        self.people[gathering][number] |= fields | {"updatedAt": stamp(time.time())}

    def remove(self, number: str, gathering: str = SUMMIT) -> None:
        del self.people[gathering][number]

    def deliver(self) -> list[int]:
        """Say to each subscription that is not over that something changed; what they answered."""
        said = []
        for each in self.subscriptions:
            configuration = each["configuration"]
            if datetime.fromisoformat(configuration["expiresAt"]).timestamp() < time.time():
                continue
            body = json.dumps({"data": {"type": "signal", "attributes": {"made": "up"}}}).encode()
            asked = Request(configuration["url"], body, {"Content-Type": "application/json"})
            with urlopen(asked, timeout=10) as response:
                said.append(response.status)
        return said

    # ---- HTTP -------------------------------------------------------------------------------------------------

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        self.queries.append((path, query))
        if path.startswith("/v1/"):
            return self._api(method, path.removeprefix("/v1/").split("/"), query, headers, body)
        routes: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", "/oauth/authorize"): lambda: self._authorize(query),
            ("POST", "/oauth/token"): lambda: self._token(query, as_form(body)),
            ("GET", "/venue"): lambda: self._venue(query),
        }
        route = routes.get((method, path))
        return route() if route else as_json(404, {"errors": [{"status": "404"}]})

    # ---- OAuth ------------------------------------------------------------------------------------------------

    def _authorize(self, query: dict[str, str]) -> Answer:
        target = query.get("redirect_uri", "")
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "scope": "api"}
        if {name: query.get(name) for name in wanted} != wanted or not target or not query.get("resource"):
            return Answer(400, b"invalid request", "text/html")
        answer = {"state": query["state"]} if "state" in query else {}
        if self.denies:
            answer |= {"error": "access_denied", "error_description": "The organizer said no."}
        else:
            answer["code"] = secrets.token_urlsafe(24)
            self.codes[answer["code"]] = Grant(
                self.gives, query["resource"], target, time.time() + CODE_SECONDS
            )
        return Answer(302, headers={"Location": f"{target}?{urlencode(answer)}"})

    def _token(self, query: dict[str, str], form: dict[str, str]) -> Answer:
        told = form if self.token_wants == "form" else query
        if "grant_type" not in told:
            return as_json(400, {"error": "invalid_request", "error_description": "Missing: grant_type."})
        if (told.get("client_id"), told.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return as_json(401, {"error": "invalid_client"})
        if told["grant_type"] == "authorization_code":
            grant = self.codes.pop(told.get("code", ""), None)
            fits = grant is not None and grant.redirect_uri == told.get("redirect_uri")
            fits = fits and grant is not None and grant.expires_at > time.time()
        else:
            grant = self.refresh.pop(told.get("refresh_token", ""), None)
            fits = grant is not None
        if grant is None or not fits or grant.resource != told.get("resource"):
            return as_json(400, {"error": "invalid_grant"})
        return as_json(200, self._pair(grant))

    def _pair(self, grant: Grant) -> dict[str, Any]:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        until = time.time() + self.token_seconds
        self.access[access] = Grant(grant.organizations, grant.resource, expires_at=until)
        self.refresh[refresh] = Grant(grant.organizations, grant.resource)
        ends = {"expires_in": self.token_seconds, "expires_at": int(until), "iso": stamp(until)}[
            self.says_when
        ]
        name = "expires_in" if self.says_when == "expires_in" else "expires_at"
        return {"access_token": access, "token_type": "Bearer", "refresh_token": refresh, name: ends}

    def expire(self) -> None:
        """Every access token is refused from now on, though its time is not over."""
        self.access.clear()

    # ---- the API ----------------------------------------------------------------------------------------------

    def _opens(self, headers: dict[str, str]) -> tuple[str, ...] | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        grant = self.access.get(token)
        if grant is not None and grant.expires_at > time.time():
            return grant.organizations
        return self.keys.get(token)

    def _api(
        self, method: str, path: list[str], query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        opens = self._opens(headers)
        if path == ["health"]:
            return as_json(200, {"status": "ok"})
        if opens is None:
            return as_json(401, {"errors": [{"status": "401", "title": "Unauthorized"}]})
        if (method, path) == ("GET", ["organizations"]):
            return self._list(
                "organization", {each: {"name": self.organizations[each]} for each in opens}, query, path
            )
        if method == "GET" and path[0] == "organizations" and path[2:] == ["events"] and path[1] in opens:
            rows = {
                each: {"name": name, "timeStart": "2026-12-01T09:00:00Z"}
                for each, name in self.events[path[1]].items()
            }
            return self._list("event", rows, query, path)
        if path[0] == "events" and any(path[1] in self.events[each] for each in opens):
            if (method, path[2:]) == ("GET", ["registrations"]):
                return self._registrations(path, query)
            if (method, path[2:]) == ("POST", ["dataSubscriptions"]):
                return self._subscribe(json.loads(body))
        return as_json(404, {"errors": [{"status": "404", "title": "Not Found"}]})

    def _registrations(self, path: list[str], query: dict[str, str]) -> Answer:
        if act := self.between.pop(int(query.get("after", "0")) // self.page_size, None):
            act()
        rows = self.people[path[1]]
        unknown = {each for each in query if each.startswith("filter")} - {self.knows_filter}
        if unknown:
            return as_json(422, {"errors": [{"status": "422", "title": f"unknown {unknown}"}]})
        if since := query.get(self.knows_filter):
            moment = datetime.fromisoformat(since)
            rows = {n: row for n, row in rows.items() if datetime.fromisoformat(row["updatedAt"]) >= moment}
        return self._list("registration", rows, query, path)

    def _list(
        self, kind: str, rows: dict[str, dict[str, Any]], query: dict[str, str], path: list[str]
    ) -> Answer:
        """A page of them. Where the next begins stands in `after`, as a number."""
        begins = int(query.get("after", "0"))
        shown = list(rows.items())[begins : begins + self.page_size]
        following = begins + self.page_size
        if self.repeats_page and begins // self.page_size == self.repeats_page and "again" not in query:
            following, query = begins, query | {"again": "1"}
        else:
            query = {name: value for name, value in query.items() if name != "again"}
        has_more = following < len(rows)
        address = f"{self.address}/v1/{'/'.join(path)}?{urlencode(query | {'after': str(following)})}"
        content = {
            "data": [{"id": number, "type": kind, "attributes": row} for number, row in shown],
            "links": {"next": address if has_more else None},
        }
        return as_json(200, content)

    def _subscribe(self, body: dict[str, Any]) -> Answer:
        told = body["data"]
        if told["type"] != "dataSubscription" or not told["attributes"]["signals"]:
            return as_json(422, {"errors": [{"status": "422"}]})
        self.subscriptions.append(told["attributes"])
        return as_json(201, {"data": {"id": str(len(self.subscriptions)), "type": "dataSubscription"}})

    # ---- only in tests ----------------------------------------------------------------------------------------

    def _venue(self, query: dict[str, str]) -> Answer:
        """A stage with a tab beside it that embeds the page at `show`, as an organizer set it."""
        shown = html.escape(query.get("show", ""))
        page = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Not RingCentral Events</title>
<style>body {{ margin: 0; display: flex; height: 100vh; font: 16px system-ui }} main {{ flex: 1; padding: 2rem }}
iframe {{ width: 400px; height: 100%; border: 0 }}</style>
<main><h1>The stage</h1><p>A stand-in. The tab beside it is embedded from another site.</p></main>
<iframe title="Tab" src="{shown}"></iframe></html>"""
        return Answer(200, page.encode(), "text/html; charset=utf-8")


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
