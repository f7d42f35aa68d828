import assert from "node:assert/strict"
import { test } from "node:test"

/** The module as a page loads it: `now` is what the service wrote it in, `own` what the browser speaks. */
async function loaded({ now = "en", own = "en", event = "", asked = false, kept = {}, isForbidden = false } = {}) {
  const page = { now, own, event, asked, names: { en: "English", de: "Deutsch", fr: "Français" }, words: {} }
  globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(page) }) }
  globalThis.localStorage = {
    getItem: (key) => kept[key] ?? null,
    setItem(key, value) {
      if (isForbidden) throw new Error("nothing is kept here")
      kept[key] = value
    },
  }
  const module = await import(`../../plugin/static/words/languages.js?${Math.random()}`)
  return { ...module, kept }
}

test("what a person chose counts more than what the event speaks", async () => {
  const { follow, language } = await loaded({ now: "de", event: "de", kept: { "mosaic:language": "fr" } })
  assert.equal(language, "fr")
  assert.equal(follow("en"), false)
})

test("a page comes again when the event speaks another language, and not when it is the same", async () => {
  const { follow, language } = await loaded({ now: "de", event: "de" })
  assert.equal(language, "de")
  assert.equal(follow("de"), false)
  assert.equal(follow("fr"), true)
  assert.equal(follow(""), true) // each person's own
})

test("a page in a client, which did not know the event, has its language the second time", async () => {
  const first = await loaded({ event: null })
  assert.equal(first.language, "en")
  assert.equal(first.follow("de"), true)
  const again = await loaded({ event: null, kept: first.kept })
  assert.equal(again.language, "de")
  assert.equal(again.follow("de"), false)
  assert.equal(again.follow(""), true)
})

test("nothing comes again for ever where the browser keeps nothing, or the address says the language", async () => {
  assert.equal((await loaded({ event: null, isForbidden: true })).follow("de"), false)
  assert.equal((await loaded({ asked: true })).follow("de"), false)
})

test("whoever writes something, or has a sheet open, is waited for; and the last word counts", async () => {
  const { followLanguage } = await import("../../plugin/static/ui/kit/speaking.js")
  const wall = { about: { language: null }, subscribe: (listener) => (wall.tell = listener) }
  const waiting = new Map()
  const clock = { setTimeout: (run) => (waiting.set(run, true), run), clearTimeout: (run) => waiting.delete(run) }
  const elapse = () => [...waiting.keys()].forEach((run) => (waiting.delete(run), run()))
  const asked = []
  let isFree = false
  let reloads = 0
  followLanguage({ wall, isFree: () => isFree, wants: (language) => asked.push(language) > 0, reload: () => reloads++, clock })
  const told = (language) => {
    wall.about.language = language
    wall.tell()
  }
  wall.tell() // the service has not said yet
  assert.equal(waiting.size, 0)
  told("de")
  elapse()
  told("fr")
  elapse()
  assert.equal(reloads, 0)
  isFree = true
  elapse()
  assert.deepEqual([asked, reloads, waiting.size], [["fr"], 1, 0])
})
