/** Every adapter keeps the contract that plugin/static/live/platform.js writes down, and no other. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { adapterOf as load, toolsFor } from "../../plugin/static/live/platform.js"
import { surround } from "./zoom.js"

const file = (path) => new URL(`../../${path}`, import.meta.url)
const CONTRACT = readFileSync(file("plugin/static/live/platform.js"), "utf8").split("An adapter, in every platform:")[1].split("*/")[0]
// A line of the contract begins with a name: "name", "joinBody()", "theme?", "takePhoto()?".
const MEMBERS = [...CONTRACT.matchAll(/^ \* {3}(\w+)(\(\))?(\?)?(?= |$)/gm)].map(([, name, call, optional]) => ({
  name,
  isCall: Boolean(call),
  isNeeded: !optional,
}))

function adapterOf({ createPlatform, words }, name) {
  surround(null) // no client around the page
  globalThis.localStorage = undefined
  globalThis.location = { href: "https://mosaic.example.org/", pathname: "/", search: "", hash: "" }
  globalThis.matchMedia = () => ({ matches: false })
  globalThis.navigator ??= {} // Node 20 has none
  const boot = { platform: name, title: name, paths: { session: "/session", walls: "/walls", authorize: "/ask", authorized: "/answer", install: "/add" } }
  return createPlatform(null, boot, toolsFor(boot, words))
}

test("the contract is there to be read", () => {
  const needed = MEMBERS.filter(({ isNeeded }) => isNeeded).map(({ name }) => name)
  assert.deepEqual(needed, ["name", "title", "camera", "joinBody", "remember", "forget"])
  assert.ok(MEMBERS.length > 25)
})

const FOLDERS = readdirSync(file("integrations"), { withFileTypes: true }).filter((each) => each.isDirectory())
const NAMES = FOLDERS.map(({ name }) => name).filter((name) => readdirSync(file(`integrations/${name}`)).includes("panel.js"))

test("the platforms that the registry names have a panel", () => {
  const registry = readFileSync(file("integrations/registry.py"), "utf8")
  assert.deepEqual([...registry.matchAll(/^ {4}"(\w+)": /gm)].map(([, name]) => name).sort(), NAMES.sort())
})

for (const name of NAMES) {
  test(`${name} has what every platform has, under its own name`, async () => {
    const platform = adapterOf(await load(name), name)
    assert.equal(platform.name, name)
    assert.equal(platform.title, name)
    assert.ok([null, "page", "device"].includes(platform.camera))
    for (const member of MEMBERS.filter(({ isNeeded }) => isNeeded)) assert.ok(member.name in platform, member.name)
  })

  test(`${name} has nothing that the contract does not say`, async () => {
    const platform = adapterOf(await load(name), name)
    const known = new Map(MEMBERS.map((member) => [member.name, member]))
    for (const key of Object.keys(platform)) {
      assert.ok(known.has(key), `${key} is not in the contract`)
      assert.equal(typeof platform[key] === "function", known.get(key).isCall, key)
    }
  })

  test(`${name} can be asked without a client, and is there before it answers`, async () => {
    const platform = adapterOf(await load(name), name)
    const body = await Promise.resolve(platform.joinBody()).catch((error) => error)
    if (body instanceof Error) assert.deepEqual([body.name, body.code, /^\S+ did not tell us/.test(body.message)], ["ApiError", "client_silent", true])
    else assert.equal(typeof body, "object")
    platform.remember({ token: "t", return_key: "k", event: { code: "SPRING" } })
    platform.forget()
  })

  test(`${name}: where there may be no wall yet, everything is there that leads to one`, async () => {
    const platform = adapterOf(await load(name), name)
    if (!platform.arrives) return
    assert.ok(["ready", "absent", "silent"].includes(await platform.started))
    for (const member of ["refused", "lookBody", "topic", "onChange", "openUrl"]) assert.equal(typeof platform[member], "function", member)
    assert.ok(platform.words.outside)
    const ways = platform.pin?.available() ?? {}
    for (const [what, { can, why }] of Object.entries(ways)) assert.ok(can || typeof why === "string", what)
  })
}
