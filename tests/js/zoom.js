/** The real SDK in Node.js, with Zoom's client played to it: the same bridge as in the browser tests. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const BRIDGE = readFileSync(new URL("../fake_zoom/client.js", import.meta.url), "utf8")

/** What the SDK needs of a browser when it is loaded, and again at each config(). */
globalThis.window = globalThis
globalThis.self = globalThis.top = globalThis
globalThis.ImageData ??= class ImageData {}

// The SDK waits for minutes for answers that a test may withhold; the test's process shall not.
const plain = globalThis.setTimeout
globalThis.setTimeout = (run, milliseconds, ...rest) => {
  const timer = plain(run, milliseconds, ...rest)
  if (milliseconds > 10_000) timer.unref()
  return timer
}

const require = createRequire(import.meta.url)
const SDK = require.resolve("@zoom/appssdk")

/** A new one each time: it keeps its listeners for as long as it is loaded, as in a page. */
export async function loadSdk() {
  delete require.cache[SDK]
  return require(SDK)
}

/** Puts a person's client around the SDK. `settings` as in tests/fake_zoom/client.js; null takes Zoom away. */
export function surround(settings) {
  delete globalThis.zoomSdk
  delete globalThis.chrome
  delete globalThis.webkit
  delete globalThis.fakeZoom
  globalThis.location = { href: "https://mosaic.example.org/zoom/home" }
  let signed = 0
  globalThis.fakeZoomContext = async () => `signed ${++signed}`
  globalThis.fakeZoomConsent = async (wish) => ({ code: "code-1", result: true, ...wish })
  if (settings) new Function(BRIDGE.replace("__SETTINGS__", JSON.stringify({ bridge: "webkit", ...settings })))()
}

/** Time that passes when the test says so; what is asked of the client needs the real one. */
export function manualClock() {
  const timers = new Map()
  let now = 0
  let made = 0
  const put = (run, milliseconds, every) => {
    timers.set(++made, { run, at: now + milliseconds, every: every ? milliseconds : 0 })
    return made
  }
  return {
    setTimeout: (run, milliseconds) => put(run, milliseconds, false),
    setInterval: (run, milliseconds) => put(run, milliseconds, true),
    clearTimeout: (id) => timers.delete(id),
    pass(milliseconds) {
      now += milliseconds
      for (const [id, timer] of [...timers]) {
        if (timer.at > now || !timers.has(id)) continue
        if (timer.every) timer.at += timer.every
        else timers.delete(id)
        timer.run()
      }
    },
  }
}

export const until = async (holds) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
}
