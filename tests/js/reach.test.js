import assert from "node:assert/strict"
import { test } from "node:test"
import { createReach } from "../../plugin/static/live/reach.js"

function world({ network = true } = {}) {
  let now = 0
  let timers = []
  const it = { network, told: [], online: true }
  const listeners = {}
  const page = new EventTarget()
  const clock = {
    performance: { now: () => now },
    setTimeout(call, ms) {
      const timer = { at: now + ms, call }
      timers.push(timer)
      return timer
    },
    clearTimeout: (timer) => (timers = timers.filter((each) => each !== timer)),
  }
  it.pass = (ms) => {
    const until = now + ms
    for (let due; (due = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]); ) {
      timers = timers.filter((each) => each !== due)
      now = due.at
      due.call()
    }
    now = until
  }
  const api = { get online() { return it.online }, onConnection: (listener) => (listeners.api = listener) }
  const feed = { on: (type, listener) => (listeners[type] = listener) }
  it.reach = createReach({ api, feed, page, clock, onChange: (state) => it.told.push(state), hasNetwork: () => it.network })
  it.call = (worked) => {
    it.online = worked
    listeners.api(worked)
  }
  it.stream = (state) => listeners.connection(state)
  it.comeBack = () => page.dispatchEvent(new Event("online"))
  return it
}

test("without a network it says so at once", () => {
  const it = world({ network: false })
  it.call(false)
  assert.equal(it.reach.now, "offline")
  it.network = true
  it.call(true)
  assert.deepEqual(it.told, ["offline", ""])
})

test("a stream that has not noticed yet does not hide that the network is gone", () => {
  const it = world()
  it.stream("live")
  it.network = false
  it.call(false)
  assert.deepEqual(it.told, ["offline"])
})

test("a service that does not answer is not called offline, and is not told of for a moment", () => {
  const it = world()
  it.stream("live")
  it.stream("offline")
  it.call(false)
  it.pass(3000)
  assert.deepEqual(it.told, [])
  it.pass(4000)
  assert.deepEqual(it.told, ["unreachable"])
  it.call(true)
  it.stream("live")
  assert.deepEqual(it.told, ["unreachable", ""])
})

test("one call that failed says nothing while the stream lives", () => {
  const it = world()
  it.stream("live")
  it.call(false)
  it.pass(60000)
  assert.deepEqual(it.told, [])
})

test("what waits goes on when the network is back, and in any case after a while", async () => {
  const it = world()
  let gone = 0
  it.reach.again().then(() => gone++)
  await Promise.resolve()
  assert.equal(gone, 0)
  it.comeBack()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(gone, 1)
  it.reach.again().then(() => gone++)
  it.pass(15000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(gone, 2)
})
