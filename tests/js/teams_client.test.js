import assert from "node:assert/strict"
import { test } from "node:test"
import { createClient, themeOf } from "../../integrations/teams/client.js"
import { createPin } from "../../integrations/teams/pin.js"
import { loadSdk, surround, until } from "./teams.js"

const still = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, setInterval: () => {} }

/** A clock that runs out at once. */
const hasty = { ...still, setTimeout: (run) => globalThis.setTimeout(run, 5) }

const clientIn = async (person, frame, options = {}) => {
  const around = surround(person, frame)
  const client = createClient({ loadSdk, clock: still, ...options })
  return { ...around, client, how: await client.started }
}

test("Teams says who looks at the page, in which frame and in what colours", async () => {
  const { client, how, host } = await clientIn({ theme: "dark", device: "web" }, "sidePanel")
  assert.equal(how, "ready")
  const { frame, theme, device, chatId, meetingId, entityId, userId, tenantId, name, isAnonymous } = client.now
  assert.deepEqual([frame, theme, device, name, isAnonymous], ["sidePanel", "dark", "web", "Ada", false])
  assert.deepEqual([chatId, meetingId, entityId], ["19:meeting_weekly@thread.v2", "weekly", "place-1"])
  assert.deepEqual([userId, tenantId], ["oid-ada", "tid-acme"])
  assert.equal(host.called("appInitialization.success"), 1) // or Teams shows an error in our place
})

test("a page without Teams around it knows so at once", async () => {
  const { how } = await clientIn(null)
  assert.equal(how, "absent")
})

test("a Teams that does not answer is waited for no longer than seconds", async () => {
  const { how } = await clientIn({ silent: ["initialize"] }, "sidePanel", { clock: hasty })
  assert.equal(how, "silent")
})

test("somebody else's page around ours is not Teams: the library's own check of who speaks", async () => {
  const { world } = surround({})
  world.origin = "https://teams.example.com"
  const client = createClient({ loadSdk, clock: hasty })
  assert.equal(await client.started, "silent")
})

test("themes and their changes", async () => {
  const { client, host } = await clientIn({ theme: "default" })
  const heard = []
  client.on("theme", (theme) => heard.push(theme))
  for (const theme of ["dark", "contrast", "glass"]) host.become({ theme })
  await until(() => heard.length === 3)
  assert.deepEqual(["default", ...heard].map(themeOf), ["light", "dark", "contrast", "dark"])
  assert.equal(themeOf("of next year"), null)
})

for (const [answer, reason] of [
  ["resourceRequiresConsent", "consent"],
  ["invalid_grant: AADSTS65001", "consent"],
  ["CancelledByUser", "cancelled"],
  ["App resource defined in manifest and iframe origin do not match", "refused"],
]) {
  test(`"${answer}" means: ${reason}`, async () => {
    const { client, world } = await clientIn({})
    world.tokenAnswer = () => ({ error: answer })
    await assert.rejects(client.call("getAuthToken", { silent: true }), { name: "TeamsError", reason })
  })
}

test("a token that does not come is late, and nothing hangs", async () => {
  const { client } = await clientIn({ silent: ["authentication.getAuthToken"] }, "sidePanel", { clock: hasty })
  await assert.rejects(client.call("getAuthToken", { silent: true }), { reason: "late" })
})

test("an anonymous participant is told by the licence, and by having no id", async () => {
  const { client } = await clientIn({ isAnonymous: true, name: "Gus" })
  assert.deepEqual([client.now.isAnonymous, client.now.userId, client.now.name], [true, null, "Gus"])
})

// -- the stage --

const pinIn = async (person, frame = "sidePanel") => {
  const around = await clientIn(person, frame)
  const pin = createPin(around.client, () => "https://mosaic.example.com/teams/stage?code=SPRING", still)
  await until(() => !around.client.can("stageState") || around.host.called("meeting.getAppContentStageSharingState") > 0)
  await new Promise((resolve) => setTimeout(resolve, 5))
  return { ...around, pin }
}

test("the wall goes on stage and comes off it, and whoever listens is told", async () => {
  const { pin, world } = await pinIn({})
  let told = 0
  pin.subscribe(() => told++)
  assert.deepEqual(pin.available().share, { can: true })
  await pin.share()
  assert.equal(world.meeting.stage, "https://mosaic.example.com/teams/stage?code=SPRING")
  assert.equal(pin.sharing, true)
  await pin.stopSharing()
  assert.deepEqual([pin.sharing, world.meeting.stage, told], [false, null, 2])
})

test("a wall that somebody else put on stage is known to be there", async () => {
  const { client, world } = await clientIn({})
  world.meeting.stage = "https://mosaic.example.com/teams/stage?code=SPRING"
  const pin = createPin(client, () => "", still)
  await until(() => pin.sharing)
})

for (const [what, person, frame, why] of [
  ["outside a meeting", { meeting: null }, "sidePanel", "outside"],
  ["in the chat's tab", {}, "content", "frame"],
  ["on a phone", { device: "ios" }, "sidePanel", "phone"],
  ["without the right", { mayShare: false }, "sidePanel", "permission"],
]) {
  test(`${what} nothing goes on stage, and it is said why`, async () => {
    const { pin } = await pinIn(person, frame)
    assert.deepEqual(pin.available().share, { can: false, why })
  })
}

test("what Teams refuses after all has its number", async () => {
  const { pin, host } = await pinIn({})
  host.become({ mayShare: false })
  await assert.rejects(pin.share(), { code: 1000 })
  assert.equal(pin.sharing, false)
})
