import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createClient } from "../../integrations/teams/client.js"
import { chatIn } from "../../integrations/teams/links.js"
import { createPlatform, words } from "../../integrations/teams/panel.js"
import { toolsFor } from "../../plugin/static/live/platform.js"
import { loadSdk, surround, until } from "./teams.js"

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
const CHAT = "https://teams.microsoft.com/l/chat/0/0?tenantId=t&users=ben%40acme.example&message=Hello%20Ben"
const still = { setTimeout: (run, _milliseconds) => globalThis.setTimeout(run, 1), clearTimeout: globalThis.clearTimeout, setInterval: () => {} }

async function platformOf(person, { frame = "sidePanel", search = "?tab=key-1", ...facts } = {}) {
  const around = surround(person, frame, search)
  const client = createClient({ loadSdk, clock: { ...still, setTimeout: globalThis.setTimeout } })
  await client.started
  const boot = { code: null, title: "Teams", paths: PATHS, base_url: "https://mosaic.example.com", own: { app_id: "app-1" }, ...facts }
  return { ...around, platform: createPlatform(boot.code, boot, { ...toolsFor(boot, words), client, clock: still }) }
}

const joined = { token: "t", return_key: "k1", event: { code: "SPRING" }, meeting: { id: "m", can_pin: false }, start_token: "s" }

test("the token says who this is, the tab's key where; what Teams says beside it goes along as hints", async () => {
  const { platform } = await platformOf({})
  assert.deepEqual(await platform.joinBody(), {
    path: PATHS.session,
    token: "token 1",
    tab: "key-1",
    context: { frame: "sidePanel", chat: "19:meeting_weekly@thread.v2", meeting: "weekly", tenant: "tid-acme", client: "desktop", anonymous: false },
  })
})

test("nobody is asked anything where everybody has agreed", async () => {
  const { platform, world } = await platformOf({})
  await platform.joinBody()
  assert.deepEqual(world.tokens, [true]) // silently
  assert.equal(platform.canAuthorize, false)
})

test("where nobody has agreed yet, Teams asks in its own way, once", async () => {
  const { platform, world } = await platformOf({})
  world.tokenAnswer = ({ silent }) => (silent ? { error: "resourceRequiresConsent" } : { token: "agreed" })
  assert.equal((await platform.joinBody()).token, "agreed")
  assert.deepEqual(world.tokens, [true, false])
})

test("whoever says no is a guest, can sign in later, and then comes in anew", async () => {
  const { platform, world } = await platformOf({})
  world.tokenAnswer = ({ silent }) => ({ error: silent ? "resourceRequiresConsent" : "CancelledByUser" })
  const { token, tab } = await platform.joinBody()
  assert.deepEqual([token, tab, platform.canAuthorize, platform.canReadProfile], [null, "key-1", true, false])
  world.tokenAnswer = null
  const heard = []
  platform.onChange((what) => heard.push(what))
  await platform.promptAuthorize()
  assert.deepEqual(heard, ["person"])
  assert.match((await platform.joinBody()).token, /^token/)
  assert.deepEqual([platform.canAuthorize, platform.canReadProfile], [false, true])
})

test("an anonymous participant is never asked for a token, and comes back as the same guest", async () => {
  const { platform, world } = await platformOf({ isAnonymous: true })
  platform.remember(joined)
  const again = await platformOf({ isAnonymous: true })
  const body = await again.platform.joinBody()
  assert.deepEqual([body.token, body.tab, body.return_key, body.context.anonymous], [null, "key-1", "k1", true])
  assert.deepEqual([world.tokens, again.world.tokens, again.platform.canAuthorize], [[], [], false])
})

test("a key belongs to its tab: in another meeting it is not shown around", async () => {
  const { platform } = await platformOf({})
  platform.remember(joined)
  const other = await platformOf({}, { search: "?tab=key-2" })
  assert.equal((await other.platform.joinBody()).return_key, undefined)
})

test("a tab that led to an event before names it, so that its browser is known at once", async () => {
  const { platform } = await platformOf({})
  assert.equal(platform.knownCode, null)
  platform.remember(joined)
  assert.equal(platform.knownCode, "SPRING")
  assert.equal((await platformOf({})).platform.knownCode, "SPRING")
  assert.equal((await platformOf({}, { search: "?tab=key-2" })).platform.knownCode, null)
})

test("where the browser keeps nothing, the panel remembers until it closes", async () => {
  globalThis.localStorage = undefined
  const { platform } = await platformOf({})
  platform.remember(joined)
  assert.equal((await platform.joinBody()).return_key, "k1")
})

test("without token, key or code there is nothing to go by: words say what to do", async () => {
  const { platform } = await platformOf({ isAnonymous: true }, { search: "" })
  await assert.rejects(platform.joinBody(), { code: "client_silent", message: /^Teams did not tell us/ })
})

test("outside Teams the key of an earlier visit opens the wall", async () => {
  const { platform } = await platformOf({})
  platform.remember(joined)
  const outside = await platformOf(null)
  assert.deepEqual(await outside.platform.joinBody(), { code: "SPRING", return_key: "k1" })
})

test("a join code leads to its wall, and is not needed again once it has", async () => {
  const { platform } = await platformOf({})
  platform.joinByCode("SPRING")
  assert.equal((await platform.joinBody()).code, "SPRING")
  platform.remember(joined)
  assert.equal((await platform.joinBody()).code, undefined)
})

test("after a token that was too old, the code goes along again with the next one", async () => {
  const { platform } = await platformOf({})
  platform.joinByCode("SPRING")
  await platform.joinBody()
  platform.refused()
  const { token, code } = await platform.joinBody()
  assert.deepEqual([token, code], ["token 2", "SPRING"])
})

test("a guest's key that is refused is dropped; a member's is not, for the token was to blame", async () => {
  const guest = await platformOf({ isAnonymous: true })
  guest.platform.remember(joined)
  await guest.platform.joinBody()
  guest.platform.refused()
  assert.equal((await guest.platform.joinBody()).return_key, undefined)
  const member = await platformOf({})
  member.platform.remember(joined)
  await member.platform.joinBody()
  member.platform.refused()
  assert.equal((await member.platform.joinBody()).return_key, "k1")
})

// -- consent --

const GRANTED = JSON.stringify({ code: "once", state: "state-1" })

/** The service's side of the question, with what it was told. */
function service(answers) {
  const told = []
  return {
    told,
    get: async (path) => (path === PATHS.authorize ? { popup: "/teams/auth/start?to=x", state: "state-1" } : answers.shift()),
    post: async (path, body) => {
      told.push([path, body])
      return answers.shift()
    },
    accept: (answer) => told.push(["accepted", answer.token]),
  }
}

test("Microsoft's own window asks; what comes back is a code, good once, and its seconds are waited for", async () => {
  const { platform, world } = await platformOf({})
  await platform.joinBody()
  world.popupAnswer = () => [true, GRANTED]
  const api = service([{ token: "t2", profile_pending: true }, { profile_pending: true }, { profile_pending: false, profile: { name: "Ada" } }])
  const answer = await platform.authorize(api)
  assert.deepEqual(world.popups, ["https://mosaic.example.com/teams/auth/start?to=x"])
  assert.deepEqual(api.told, [
    [PATHS.authorized, { code: "once", state: "state-1", redirectUri: "https://mosaic.example.com/teams/auth/end" }],
    ["accepted", "t2"],
  ])
  assert.equal(answer.profile.name, "Ada")
})

for (const [what, popup] of [
  ["a window that was closed", [false, "CancelledByUser"]],
  ["an answer to somebody else's question", [true, JSON.stringify({ code: "once", state: "state-2" })]],
  ["an answer without a code", [true, JSON.stringify({ state: "state-1" })]],
]) {
  test(`${what} is a no, and tells the service nothing`, async () => {
    const { platform, world } = await platformOf({})
    world.popupAnswer = () => popup
    const api = service([])
    assert.equal(await platform.authorize(api), null)
    assert.deepEqual(api.told, [])
  })
}

// -- addresses --

test("a chat opens by a link from the panel, and as a chat where the frame may", async () => {
  const panel = await platformOf({})
  await panel.platform.openUrl(CHAT)
  assert.deepEqual(panel.opened, [{ what: "link", value: CHAT }])
  const tab = await platformOf({}, { frame: "content" })
  await tab.platform.openUrl(CHAT)
  assert.deepEqual(tab.opened, [{ what: "chat", value: { members: ["ben@acme.example"], message: "Hello Ben" } }])
})

test("only a chat with one person is one", () => {
  assert.deepEqual(chatIn(CHAT), { user: "ben@acme.example", message: "Hello Ben" })
  const others = ["https://example.com/l/chat/0/0?users=a", "https://teams.microsoft.com/l/call/0/0?users=a", "https://teams.microsoft.com/l/chat/0/0?users=a,b", "no address"]
  assert.deepEqual(others.map(chatIn), [null, null, null, null])
})

test("the invitation leads to this very tab", async () => {
  const { platform } = await platformOf({})
  const url = new URL(platform.openingUrl)
  assert.equal(url.pathname, "/l/entity/app-1/place-1")
  assert.deepEqual(JSON.parse(url.searchParams.get("context")), { chatId: "19:meeting_weekly@thread.v2", contextType: "chat" })
  const personal = await platformOf({ chat: null })
  assert.equal(personal.platform.openingUrl, null)
})

test("the first paint has the theme of the address, and Teams' word comes after", async () => {
  const { platform, host } = await platformOf({ theme: "dark" }, { search: "?tab=key-1&theme=contrast" })
  assert.equal(platform.theme, "contrast")
  const worn = []
  platform.onTheme((theme) => worn.push(theme))
  await until(() => worn.length === 1)
  host.become({ theme: "default" })
  await until(() => worn.length === 2)
  assert.deepEqual(worn, ["dark", "light"])
})
