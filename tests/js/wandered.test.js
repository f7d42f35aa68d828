import assert from "node:assert/strict"
import { test } from "node:test"
import { createWandered } from "../../plugin/static/ui/together/wandered.js"

function setUp({ here = 10, visible = "visible" } = {}) {
  const calls = []
  const timers = []
  const state = { here, page: { visibilityState: visible } }
  const api = { post: (path, body) => (calls.push([path, body]), Promise.resolve()) }
  const clock = { setTimeout: (run, after) => timers.push({ run, after }) }
  const wandered = createWandered({ api, here: () => state.here, clock, random: () => 0.5, page: state.page })
  return { wandered, calls, timers, state }
}

test("many homes that the wall came by are one call", () => {
  const { wandered, calls, timers } = setUp()
  for (const id of [3, 4, 3, 5]) wandered.note(id)
  assert.equal(timers.length, 1)
  assert.equal(timers[0].after, 60_000)
  timers.pop().run()
  assert.deepEqual(calls, [["/api/wandered", { photos: [4, 3, 5] }]])
  wandered.note(6)
  assert.equal(timers.length, 1) // and so on
})

test("a call stays small however long it takes to come", () => {
  const { wandered, calls, timers } = setUp()
  for (let id = 1; id < 100; id++) wandered.note(id)
  timers.pop().run()
  assert.equal(calls[0][1].photos.length, 12)
  assert.equal(calls[0][1].photos.at(-1), 99)
})

test("ten thousand panels ask no more of the service than a thousand do", () => {
  const { wandered, timers } = setUp({ here: 10_000 })
  wandered.note(1)
  assert.equal(timers[0].after, 600_000)
})

test("what nobody saw is not told", () => {
  const { wandered, calls, timers, state } = setUp()
  wandered.note(1)
  state.page.visibilityState = "hidden"
  timers.pop().run()
  assert.deepEqual(calls, [])
})
