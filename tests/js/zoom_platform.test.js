import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createClient } from "../../integrations/zoom/client.js"
import { createPlatform, words } from "../../integrations/zoom/panel.js"
import { toolsFor } from "../../plugin/static/live/platform.js"
import { loadSdk, manualClock, surround, until } from "./zoom.js"

let kept

beforeEach(() => {
  kept = new Map()
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key),
  }
})

const PATHS = { session: "/here/session", walls: "/here/walls", authorize: "/here/authorize", authorized: "/here/authorized" }

async function platformOf(settings, facts = {}) {
  surround(settings)
  const client = createClient({ loadSdk, clock: manualClock() })
  await client.started
  return adapter(client, facts)
}

function adapter(client, facts = {}) {
  const boot = { code: null, title: "Zoom", paths: PATHS, ...facts }
  return createPlatform(boot.code, boot, { ...toolsFor(boot, words), client })
}

const joined = { token: "t", return_key: "k1", event: { code: "SPRING" }, meeting: { id: "m", can_pin: false }, start_token: "s" }

test("what the page brought is the first proof, and is used once", async () => {
  const platform = await platformOf({}, { launch: "from the page" })
  assert.deepEqual(await platform.joinBody(), { path: PATHS.session, launch: "from the page" })
  platform.remember(joined)
  const { path, context, launch } = await platform.joinBody()
  assert.deepEqual([path, context, launch], [PATHS.session, "signed 1", undefined])
})

test("a fresh context goes with what the client tells of the person and the room", async () => {
  const platform = await platformOf({ role: "coHost", screenName: "Hanna", participantUUID: "p", meetingUUID: "room", parentUUID: "main" })
  const { hints } = await platform.joinBody()
  assert.deepEqual(hints, { meetingUUID: "room", parentUUID: "main", participantUUID: "p", screenName: "Hanna", role: "co_host" })
})

test("a guest is the same person after a reload, in this event and in the next meeting of it", async () => {
  const first = await platformOf({ meetingUUID: "monday" })
  first.remember(joined)
  const again = await platformOf({ meetingUUID: "monday" })
  assert.equal((await again.joinBody()).return_key, "k1")
  const known = await platformOf({ meetingUUID: "tuesday" }, { code: "SPRING", launch: "l" })
  assert.equal((await known.joinBody()).return_key, "k1")
  const other = await platformOf({ meetingUUID: "tuesday" }, { code: "AUTUMN", launch: "l" })
  assert.equal((await other.joinBody()).return_key, undefined)
})

test("a meeting that led to an event before names it, so that its browser is known at once", async () => {
  const first = await platformOf({ meetingUUID: "monday" })
  assert.equal(first.knownCode, null)
  first.remember(joined)
  assert.equal(first.knownCode, "SPRING")
  assert.equal((await platformOf({ meetingUUID: "monday" })).knownCode, "SPRING")
  assert.equal((await platformOf({ meetingUUID: "tuesday" })).knownCode, null)
})

test("a client that forbids storage remembers until the panel closes", async () => {
  globalThis.localStorage = undefined
  const platform = await platformOf({})
  platform.remember(joined)
  assert.equal((await platform.joinBody()).return_key, "k1")
})

test("without a client, the key of an earlier visit opens the wall; without a key, words say what to do", async () => {
  const before = await platformOf({}, { code: "SPRING" })
  before.remember(joined)
  const platform = await platformOf(null, { code: "SPRING" })
  assert.deepEqual(await platform.joinBody(), { code: "SPRING", return_key: "k1" })
  platform.forget()
  await assert.rejects(platform.joinBody(), { code: "client_silent", message: /^Zoom did not tell us.*open it again/ })
})

test("a proof of the page that is refused is not tried again, and costs nobody their key", async () => {
  const before = await platformOf({}, { code: "SPRING" })
  before.remember(joined)
  const platform = await platformOf({}, { code: "SPRING", launch: "too old" })
  await platform.joinBody()
  platform.refused()
  const { launch, context, return_key } = await platform.joinBody()
  assert.deepEqual([launch, context, return_key], [undefined, "signed 1", "k1"])
  platform.refused()
  assert.deepEqual([(await platform.joinBody()).context, (await platform.joinBody()).return_key], ["signed 2", "k1"])
})

test("whoever leaves for good leaves no key", async () => {
  const platform = await platformOf({}, { code: "SPRING" })
  platform.remember(joined)
  platform.forget()
  assert.equal((await platform.joinBody()).return_key, undefined)
  assert.equal([...kept.values()].includes("k1"), false)
})

test("whoever waits for the wall asks with the start token", async () => {
  const platform = await platformOf({})
  platform.remember({ event: null, token: null, start_token: "s", meeting: { id: "m", can_start: false } })
  assert.deepEqual(platform.lookBody(), { start_token: "s" })
})

test("the meeting's name is known to hosts only", async () => {
  assert.equal(await (await platformOf({ role: "host", topic: "All hands" })).topic(), "All hands")
  assert.equal(await (await platformOf({ role: "attendee" })).topic(), "")
  assert.equal(await (await platformOf(null)).topic(), "")
})

test("a photo by Zoom's camera is offered where the role and the client have it", async () => {
  assert.equal((await platformOf({ role: "attendee" })).canTakePhoto, true)
  assert.equal((await platformOf({ role: "attendee", runningContext: "inWebinar" })).canTakePhoto, false)
  assert.equal((await platformOf({ unsupported: ["takeMyPhoto"] })).canTakePhoto, false)
  assert.equal((await platformOf(null)).canTakePhoto, false)
})

test("a hello is a notification of Zoom's, and false where Zoom shows none", async () => {
  const platform = await platformOf({})
  assert.equal(await platform.notify({ title: "Ben says hello", message: "About your bread" }), true)
  assert.deepEqual(fakeZoom.calls.at(-1).data, { type: "info", title: "Ben says hello", message: "About your bread" })
  assert.equal(await (await platformOf({ failing: { showNotification: 10042 } })).notify({ title: "a", message: "b" }), false)
  assert.equal(await (await platformOf(null)).notify({ title: "a", message: "b" }), false)
})

test("a guest is asked to sign in, then to add the app, and each change is told", async () => {
  const platform = await platformOf({ status: "unauthenticated" })
  let changes = 0
  platform.onChange(() => changes++)
  assert.equal(platform.canAuthorize, true)
  assert.equal(platform.canReadProfile, false)
  await platform.promptAuthorize()
  await until(() => changes === 1)
  assert.equal(platform.canAuthorize, true)
  await platform.promptAuthorize()
  await until(() => changes === 2)
  assert.equal(platform.canAuthorize, false)
  assert.equal(platform.canReadProfile, true)
})

function apiWith(answers) {
  const sent = []
  return {
    sent,
    accepted: [],
    get: async () => answers.wish,
    post: async (path, body) => {
      sent.push([path, body])
      return answers.answer
    },
    accept(answer) {
      this.accepted.push(answer)
    },
  }
}

test("a member lets us read their profile: Zoom's code goes to the service, and a new token is taken", async () => {
  const platform = await platformOf({})
  platform.remember(joined)
  const api = apiWith({ wish: { codeChallenge: "c", state: "s1" }, answer: { token: "t2", attendee: {} } })
  await platform.authorize(api)
  assert.deepEqual(api.sent, [[PATHS.authorized, { code: "code-1", state: "s1", redirectUri: "https://mosaic.example.org/zoom/home" }]])
  assert.equal(api.accepted[0].token, "t2")
  assert.equal(api.accepted[0].event.code, "SPRING")
})

test("a consent that was declined, or that answers another question, changes nothing", async () => {
  const platform = await platformOf({})
  for (const consent of [{ result: false, state: "s1" }, { result: true, code: "c", state: "somebody else's" }]) {
    globalThis.fakeZoomConsent = async () => consent
    const api = apiWith({ wish: { codeChallenge: "c", state: "s1" } })
    assert.equal(await platform.authorize(api), null)
    assert.deepEqual(api.sent, [])
  }
})

test("in a breakout room that the page could not place, the client's word about the main meeting is asked for", async () => {
  surround({ meetingUUID: "room", parentUUID: "main" })
  const platform = adapter(createClient({ loadSdk, clock: manualClock() }))
  let changes = 0
  platform.onChange(() => changes++)
  await until(() => changes === 1)
  assert.equal((await platform.joinBody()).hints.parentUUID, "main")
})
