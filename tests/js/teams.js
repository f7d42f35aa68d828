/** The real library in Node.js, with Teams played to it: the same host as in the browser tests. */
import { createRequire } from "node:module"
import { createHost } from "../fake_teams/host.js"

const ORIGIN = "https://teams.microsoft.com"
const listeners = new Set()

/** What the library needs of a browser when it is loaded. */
globalThis.window = globalThis
globalThis.self = globalThis.top = globalThis
globalThis.addEventListener = (type, listener) => type === "message" && listeners.add(listener)
globalThis.removeEventListener = (_type, listener) => listeners.delete(listener)
globalThis.fetch = async () => Promise.reject(new Error("no network")) // the list of hosts that Microsoft keeps elsewhere
globalThis.document = {
  getElementsByTagName: () => [],
  createElement: () => ({
    set href(url) {
      this.whole = new URL(url, "https://mosaic.example.com").href
    },
    get href() {
      return this.whole
    },
  }),
}

// The library waits for minutes for answers that a test may withhold; the test's process shall not.
const plain = globalThis.setTimeout
globalThis.setTimeout = (run, milliseconds, ...rest) => {
  const timer = plain(run, milliseconds, ...rest)
  if (milliseconds > 10_000) timer.unref()
  return timer
}

const require = createRequire(import.meta.url)
const LIBRARY = require.resolve("@microsoft/teams-js")

/** A new one each time: it can be initialized once, as in a page. */
export async function loadSdk() {
  delete require.cache[LIBRARY]
  return require(LIBRARY)
}

export const ADA = { key: "ada", name: "Ada", oid: "oid-ada", tid: "tid-acme", upn: "ada@acme.example", theme: "default", device: "desktop", chat: "19:meeting_weekly@thread.v2", meeting: "weekly", entityId: "place-1", mayShare: true, isAnonymous: false }

/**
 * Puts a person's Teams around the library, with this page in a frame of that name; null takes Teams away.
 * -> {host, world, opened}; world.tokenAnswer and world.popupAnswer are for tests to set.
 */
export function surround(person, frameName = "sidePanel", search = "?tab=key-1") {
  listeners.clear()
  globalThis.location = { origin: "https://mosaic.example.com", href: `https://mosaic.example.com/teams/home${search}`, search, pathname: "/teams/home", hash: "" }
  globalThis.parent = globalThis
  globalThis.opener = null
  if (!person) return {}
  const opened = []
  const world = {
    opened: (what, value) => opened.push({ what, value }),
    meeting: { tab: null, stage: null },
    tokens: [],
    popups: [],
    token({ silent }) {
      world.tokens.push(silent)
      return world.tokenAnswer?.({ silent }) ?? { token: `token ${world.tokens.length}` }
    },
    popup(url) {
      world.popups.push(url)
      return world.popupAnswer?.(url) ?? [false, "CancelledByUser"]
    },
    share: (url) => (world.meeting.stage = url),
    stop: () => (world.meeting.stage = null),
    configured: (config) => (world.meeting.tab = config),
    validity: (isWhole) => (world.isWhole = isWhole),
  }
  const host = createHost({ person: { ...ADA, ...person }, world })
  const frame = { name: frameName }
  const around = {
    postMessage: (message) => queueMicrotask(() => host.receive(frame, message, (data) => send(data))),
  }
  const send = (data) => {
    for (const listener of [...listeners]) listener({ data, source: around, origin: world.origin ?? ORIGIN })
  }
  globalThis.parent = around
  return { host, world, opened }
}

export const until = async (holds) => {
  for (let looks = 0; looks < 2000; looks++) {
    if (holds()) return
    await new Promise((resolve) => plain(resolve, 1))
  }
  throw new Error("it did not come to that")
}
