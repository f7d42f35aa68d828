import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { CAPABILITIES, CONFIG_PATIENCE, createClient, normalRole } from "../../integrations/zoom/client.js"
import { createPin } from "../../integrations/zoom/pin.js"
import { PhotoNotTaken, takePhoto } from "../../integrations/zoom/photo.js"
import { loadSdk, manualClock, surround, until } from "./zoom.js"

async function configured(settings) {
  surround(settings)
  const clock = manualClock()
  const client = createClient({ loadSdk, clock })
  assert.equal(await client.started, "ready")
  return { client, clock }
}

const configs = () => fakeZoom.called("config")

test("the roles are the same in both of Zoom's spellings", () => {
  for (const spelling of ["coHost", "co-host", "COHOST"]) assert.equal(normalRole(spelling, "inMeeting"), "co_host")
  assert.equal(normalRole("attendee", "inMeeting"), "participant")
  assert.equal(normalRole("attendee", "inWebinar"), "attendee")
  assert.equal(normalRole("participant", "inMeeting"), "participant")
  assert.equal(normalRole("panelist", "inWebinar"), "panelist")
  assert.equal(normalRole("something new", "inMeeting"), null)
  assert.equal(normalRole(undefined, "inMeeting"), null)
})

test("the client tells who looks at the panel and where", async () => {
  const { client } = await configured({ role: "coHost", screenName: "Hanna", meetingUUID: "room", parentUUID: "main" })
  const { role, screenName, meetingUUID, parentUUID, status } = client.now
  assert.deepEqual([role, screenName, meetingUUID, parentUUID, status], ["co_host", "Hanna", "room", "main", "authorized"])
  assert.equal(client.inBreakout, true)
})

test("we ask for what we use and no more, and the manifest asks for the same", async () => {
  await configured({})
  const [{ data }] = fakeZoom.calls
  assert.deepEqual(data.js_api_lists, CAPABILITIES)
  const folder = new URL("../../integrations/zoom/", import.meta.url)
  const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder)))
  assert.deepEqual(manifest.features.in_client_feature.zoom_app_api.zoom_app_apis, CAPABILITIES)
  const source = ["client.js", "panel.js", "pin.js", "photo.js"].map((name) => readFileSync(new URL(name, folder), "utf8")).join("")
  for (const name of CAPABILITIES) assert.ok(source.match(new RegExp(`\\b${name}\\b`, "g")).length > 1, `${name} is not used`)
})

test("what the client does not have is not asked of it", async () => {
  const { client } = await configured({ unsupported: ["showNotification"] })
  assert.equal(client.can("showNotification"), false)
  assert.equal(client.can("getAppContext"), true)
  await assert.rejects(client.call("showNotification", {}), { name: "ZoomError", reason: "unable" })
  assert.equal(fakeZoom.called("showNotification"), 0)
})

test("without Zoom around, that is known at once", async () => {
  surround(null)
  const client = createClient({ loadSdk, clock: manualClock() })
  assert.equal(await client.started, "absent")
  assert.equal(client.can("getAppContext"), false)
})

test("an SDK that cannot be loaded is as none", async () => {
  surround({})
  const client = createClient({ loadSdk: () => Promise.reject(new TypeError("Failed to fetch")), clock: manualClock() })
  assert.equal(await client.started, "absent")
})

test("a client that never answers is given up after some seconds", async () => {
  surround({ silent: ["config"] })
  const clock = manualClock()
  const client = createClient({ loadSdk, clock })
  await until(() => configs() === 1)
  clock.pass(CONFIG_PATIENCE)
  assert.equal(await client.started, "silent")
})

test("a call without an answer is late, and what the person cannot be told about stays unknown", async () => {
  surround({ silent: ["getUserContext", "getAppContext"] })
  const clock = manualClock()
  const client = createClient({ loadSdk, clock })
  await until(() => fakeZoom.called("getUserContext") === 1)
  clock.pass(3000)
  assert.equal(await client.started, "ready")
  assert.equal(client.now.role, null)
  const context = client.call("getAppContext")
  await until(() => fakeZoom.called("getAppContext") === 1)
  clock.pass(5000)
  await assert.rejects(context, { reason: "late" })
})

test("config is called again when the role or the place changes, and before Zoom's two hours are over", async () => {
  const { client, clock } = await configured({ role: "attendee" })
  const told = []
  for (const type of ["person", "context", "room"]) client.on(type, () => told.push(type))
  fakeZoom.become({ role: "host" })
  await until(() => told.length === 1)
  assert.equal(client.now.role, "host")
  assert.equal(configs(), 2)
  fakeZoom.become({ runningContext: "inCollaborate" })
  await until(() => told.length === 2)
  assert.equal(configs(), 3)
  fakeZoom.become({ meetingUUID: "room", parentUUID: "meeting-1" })
  await until(() => told.length === 3)
  assert.deepEqual(told, ["person", "context", "room"])
  assert.equal(client.now.parentUUID, "meeting-1")
  assert.equal(configs(), 3)
  clock.pass(100 * 60 * 1000)
  await until(() => configs() === 4)
  assert.equal((await client.call("getAppContext")).context, "signed 1")
})

test("the token of the old address would not hold: nothing works once the address has changed", async () => {
  const { client } = await configured({})
  location.href += "#wall"
  await assert.rejects(client.call("getUserContext"), { reason: "refused", code: 80004 })
})

// -- bringing the wall to everybody --

const why = (pin) => Object.fromEntries(Object.entries(pin.available()).map(([name, each]) => [name, each.can || each.why]))

const SITUATIONS = [
  ["a host", { role: "host" }, { invite: true, share: true, collaborate: true }],
  ["a participant", { role: "attendee" }, { invite: true, share: true, collaborate: true }],
  ["a guest", { role: "attendee", status: "unauthenticated" }, { invite: "guest", share: true, collaborate: "guest" }],
  ["a panelist", { role: "panelist", runningContext: "inWebinar" }, { invite: true, share: true, collaborate: "webinar" }],
  ["an attendee of a webinar", { role: "attendee", runningContext: "inWebinar", status: "unauthenticated" }, { invite: "guest", share: "role", collaborate: "webinar" }],
  ["somebody in a breakout room", { role: "attendee", meetingUUID: "room", parentUUID: "main" }, { invite: true, share: true, collaborate: "breakout" }],
  ["a host before the meeting", { role: "host", runningContext: "inMainClient" }, { invite: "outside", share: "outside", collaborate: "outside" }],
  [
    "a host with an old client",
    { role: "host", unsupported: ["shareApp", "startCollaborate", "sendAppInvitationToAllParticipants", "showAppInvitationDialog"] },
    { invite: "client", share: "client", collaborate: "client" },
  ],
]
for (const [who, settings, expected] of SITUATIONS) {
  test(`what ${who} can do`, async () => {
    const { client } = await configured(settings)
    assert.deepEqual(why(createPin(client)), expected)
  })
}

test("where everybody cannot be invited, Zoom asks whom", async () => {
  const { client } = await configured({ role: "panelist", runningContext: "inWebinar" })
  assert.equal(await createPin(client).invite(), "chosen")
  assert.equal(fakeZoom.called("showAppInvitationDialog"), 1)
})

test("sharing is what the client says, also when it is stopped in Zoom itself", async () => {
  const { client } = await configured({ role: "host" })
  const pin = createPin(client)
  const states = []
  pin.subscribe(() => states.push(pin.sharing))
  await pin.share()
  assert.equal(pin.sharing, true)
  await assert.rejects(pin.share(), { code: 10024 })
  await pin.stopSharing()
  await until(() => states.at(-1) === false)
})

test("collaborating leaves the host's screen out", async () => {
  const { client } = await configured({ role: "host" })
  const pin = createPin(client)
  await pin.collaborate()
  assert.deepEqual(fakeZoom.calls.at(-1), { name: "startCollaborate", data: { shareScreen: false } })
  await pin.stopCollaborating()
  assert.equal(pin.collaborating, false)
})

// -- the photo --

const encode = (imageData) => imageData

test("a photo that was refused, or a camera that is off, is no photo", async () => {
  for (const [photo, reason] of [[{ optedOut: true }, "optedOut"], [{ videoOff: true }, "videoOff"], [{}, "failed"]]) {
    const { client } = await configured({ photo })
    await assert.rejects(takePhoto(client, { encode }), (error) => error instanceof PhotoNotTaken && error.reason === reason)
  }
})

test("a client that cannot take photos says so", async () => {
  const { client } = await configured({ unsupported: ["takeMyPhoto"] })
  await assert.rejects(takePhoto(client, { encode }), { reason: "unable" })
})

test("a photo that never comes is given up, and one of somebody else is not mine", async () => {
  const { client } = await configured({ role: "host", participantUUID: "me" })
  const clock = manualClock()
  const photo = takePhoto(client, { encode, clock })
  await until(() => fakeZoom.called("takeMyPhoto") === 1)
  zoomSdk.native2js({ data: { type: "event", name: "onPhoto", data: { participantUUID: "another", videoOff: true, imageData: null } } })
  await new Promise((resolve) => setTimeout(resolve, 5))
  clock.pass(2 * 60 * 1000)
  await assert.rejects(photo, { reason: "late" })
})
