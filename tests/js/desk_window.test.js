import assert from "node:assert/strict"
import { test } from "node:test"
import { createEntry } from "../../plugin/static/live/desk_window.js"

function window(kept = {}) {
  return { get: (name) => kept[name] || null, set: (name, value) => (kept[name] = value) }
}

const entryWith = ({ fragment = null, key = null, kept = {} }) =>
  createEntry({
    code: "SPRING",
    take: (prefix) => (fragment?.startsWith(prefix) ? fragment.slice(prefix.length) : null),
    hosting: { keyOf: () => key },
    window: window(kept),
  })

test("a host link is used at each join, and nothing is kept beside it", () => {
  const kept = {}
  const entry = entryWith({ key: "secret", kept })
  assert.deepEqual(entry.joinBody(), { code: "SPRING", host_key: "secret" })
  entry.note({ return_key: "r" })
  assert.deepEqual(entry.joinBody(), { code: "SPRING", host_key: "secret" })
  assert.deepEqual(kept, {})
})

test("what a panel handed over is used once, and then what came for it", () => {
  const kept = {}
  const entry = entryWith({ fragment: "desk=sealed", key: "of another visit", kept })
  assert.equal(entry.hostKey, null)
  assert.deepEqual(entry.joinBody(), { code: "SPRING", desk: "sealed" })
  entry.note({ return_key: "r" })
  assert.deepEqual(entry.joinBody(), { code: "SPRING", return_key: "r" })
  const afterReload = entryWith({ kept })
  assert.deepEqual(afterReload.joinBody(), { code: "SPRING", return_key: "r" })
})

test("without any of them nobody is known", () => {
  assert.equal(entryWith({}).isKnown, false)
})
