import assert from "node:assert/strict"
import { test } from "node:test"
import { createStream } from "../../plugin/static/live/stream.js"

const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A clock that stands still until `pass` moves it. */
function clockOf() {
  let now = 0
  let timers = []
  return {
    performance: { now: () => now },
    setTimeout(call, ms) {
      const timer = { at: now + ms, call }
      timers.push(timer)
      return timer
    },
    clearTimeout: (timer) => (timers = timers.filter((each) => each !== timer)),
    async pass(ms) {
      const until = now + ms
      await turns()
      for (;;) {
        const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter((each) => each !== next)
        now = next.at
        next.call()
        await turns()
      }
      now = until
    },
  }
}

/** A page that may be hidden. */
function pageOf() {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" })
  page.become = (state) => {
    page.visibilityState = state
    page.dispatchEvent(new Event("visibilitychange"))
  }
  return page
}

/** One live stream as the service holds it open. */
function line(signal) {
  let controller
  const body = new ReadableStream({ start: (given) => (controller = given) })
  signal.addEventListener("abort", () => {
    try {
      controller.error(new DOMException("aborted", "AbortError"))
    } catch {
      // it had ended by itself
    }
  })
  return { response: { body }, say: (text) => controller.enqueue(new TextEncoder().encode(text)), end: () => controller.close() }
}

function connection({ opens = () => true, streams, poll = async () => ({ revision: 5, changes: [] }) } = {}) {
  const clock = clockOf()
  const document = pageOf()
  const opened = []
  const polled = []
  const events = []
  const states = []
  let revision = null
  const api = {
    online: true,
    async open(path, { signal }) {
      const mine = { path, ...line(signal), signal }
      opened.push(mine)
      if (!opens(opened.length)) throw new Error("no stream here")
      return mine.response
    },
    async get(path) {
      polled.push(path)
      return poll(path)
    },
  }
  const stream = createStream({
    api,
    since: () => revision,
    onEvent: (type, data) => events.push([type, data]),
    onState: (state) => states.push(state),
    document,
    clock,
    random: () => 0.5,
    ...(streams && { streams }),
  })
  return { stream, clock, document, opened, polled, events, states, setRevision: (value) => (revision = value) }
}

test("events come as they are said, and pings say that it is alive", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  it.opened[0].say(': hello\n\nevent: changes\ndata: {"revision":3,')
  it.opened[0].say('"changes":[]}\n\nevent: me\ndata: {}\n\n')
  await turns()
  assert.deepEqual(it.events, [["changes", { revision: 3, changes: [] }], ["me", {}]])
  assert.deepEqual(it.states, ["connecting", "live"])
  assert.equal(it.opened[0].path, "/api/live")
  it.stream.stop()
})

test("after an end it comes back soon, and says what it knows", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  it.opened[0].say(": hello\n\n")
  await it.clock.pass(15000)
  it.setRevision(42)
  it.opened[0].end()
  await it.clock.pass(1500)
  assert.equal(it.opened.length, 2)
  assert.equal(it.opened[1].path, "/api/live?since=42")
  it.stream.stop()
})

test("something that is no JSON of ours does not stop it", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  it.opened[0].say("data: <html>\n\nevent: me\ndata: {}\n\n")
  await turns()
  assert.deepEqual(it.events, [["me", {}]])
  it.stream.stop()
})

test("where streaming fails twice it polls every two seconds, and tries streaming again later", async () => {
  const it = connection({ opens: (attempt) => attempt > 2, poll: async () => ({ revision: 6, changes: [{ revision: 6 }] }) })
  it.setRevision(5)
  it.stream.start()
  await it.clock.pass(21000)
  assert.equal(it.opened.length, 2)
  assert.equal(it.states.at(-1), "polling")
  assert.ok(it.polled.length >= 9 && it.polled.length <= 11, `${it.polled.length} polls in about 20 s`)
  assert.equal(it.polled[0], "/api/changes?since=5&heard=0")
  assert.deepEqual(it.events[0], ["changes", { revision: 6, changes: [{ revision: 6 }] }])
  for (let second = 0; it.opened.length < 3 && second < 90; second++) await it.clock.pass(1000)
  assert.equal(it.opened.length, 3)
  it.opened[2].say(": hello\n\n")
  await turns()
  assert.equal(it.states.at(-1), "live")
  const polls = it.polled.length
  await it.clock.pass(10000)
  assert.equal(it.polled.length, polls)
  it.stream.stop()
})

test("polling tells what the stream tells: also that something concerns only this person", async () => {
  const answers = [{ me: true, heard: 40 }, { me: false, heard: 41 }, { me: true, heard: 42 }]
  const it = connection({ opens: () => false, poll: async () => ({ revision: 5, changes: [], here: 3, ...(answers.shift() ?? { me: false, heard: 42 }) }) })
  it.setRevision(5)
  it.stream.start()
  await it.clock.pass(9000)
  assert.equal(it.events.filter(([type]) => type === "me").length, 2)
  assert.deepEqual(it.events[0], ["status", { here: 3 }])
  assert.equal(it.polled.at(-1), "/api/changes?since=5&heard=42")
  it.stream.stop()
})

test("while nobody knows who has news, one looks now and then", async () => {
  const it = connection({ opens: () => false, poll: async () => ({ revision: 5, changes: [], me: null, heard: 0 }) })
  it.setRevision(5)
  it.stream.start()
  await it.clock.pass(36000)
  const looks = it.events.filter(([type]) => type === "me").length
  assert.ok(looks >= 2 && looks <= 3, `${looks} looks`)
  it.stream.stop()
})

test("a stream that comes back says up to what it has heard", async () => {
  const it = connection()
  it.setRevision(5)
  it.stream.start()
  await turns()
  it.opened[0].say('event: status\ndata: {"delayed":false,"heard":77}\n\n')
  await it.clock.pass(15000)
  it.opened[0].end()
  await it.clock.pass(1500)
  assert.equal(it.opened[1].path, "/api/live?since=5&heard=77")
  it.stream.stop()
})

test("one looks for oneself once the stream has said from when on it tells", async () => {
  const it = connection()
  it.setRevision(5)
  it.stream.start()
  await turns()
  it.opened[0].say('event: status\ndata: {"delayed":false,"heard":77}\n\n')
  it.opened[0].say('event: status\ndata: {"here":3,"heard":78}\n\n')
  await turns()
  assert.deepEqual(it.events, [["status", { delayed: false }], ["me", {}], ["status", { here: 3 }]])
  it.stream.stop()
})

test("without a number, for the service does not hear news itself, nobody is told to look", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  it.opened[0].say('event: status\ndata: {"delayed":true,"heard":0}\n\n')
  await turns()
  assert.deepEqual(it.events, [["status", { delayed: true }]])
  it.stream.stop()
})

test("a page beyond those that may have a stream polls, and asks again later", async () => {
  let free = false
  const it = connection({ streams: { mayHave: async () => free, giveUp() {} } })
  it.setRevision(5)
  it.stream.start()
  await it.clock.pass(20000)
  assert.equal(it.opened.length, 0)
  assert.equal(it.states.at(-1), "polling")
  free = true
  for (let second = 0; !it.opened.length && second < 90; second++) await it.clock.pass(1000)
  assert.equal(it.opened.length, 1)
  it.stream.stop()
})

test("a gap that polling finds is told as the stream tells it", async () => {
  const it = connection({ opens: () => false, poll: async () => ({ gap: true, revision: 900 }) })
  it.setRevision(5)
  it.stream.start()
  await it.clock.pass(3000)
  assert.deepEqual(it.events[0], ["gap", { gap: true, revision: 900 }])
  it.stream.stop()
})

test("a stream that a proxy holds back is given up", async () => {
  const it = connection()
  it.setRevision(5)
  it.stream.start()
  await it.clock.pass(30000)
  assert.equal(it.opened.length, 2)
  assert.ok(it.opened.every(({ signal }) => signal.aborted))
  assert.equal(it.states.at(-1), "polling")
  it.stream.stop()
})

test("a stream that falls silent is given up, one that pings is not", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  for (let ping = 0; ping < 5; ping++) {
    it.opened[0].say(": still here\n\n")
    await it.clock.pass(20000)
  }
  assert.equal(it.opened.length, 1)
  await it.clock.pass(60000)
  assert.equal(it.opened[0].signal.aborted, true)
  assert.ok(it.opened.length > 1)
  it.stream.stop()
})

test("a page that is hidden for long rests, and comes back when it is looked at", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  it.opened[0].say(": hello\n\n")
  it.document.become("hidden")
  await it.clock.pass(30000)
  assert.equal(it.opened[0].signal.aborted, false)
  it.opened[0].say(": still here\n\n")
  await it.clock.pass(31000)
  assert.equal(it.opened[0].signal.aborted, true)
  assert.equal(it.states.at(-1), "paused")
  await it.clock.pass(600000)
  assert.equal(it.opened.length, 1)
  it.document.become("visible")
  await turns()
  assert.equal(it.opened.length, 2)
  it.stream.stop()
})

test("a page that rests still learns what concerns its person, and takes nothing else", async () => {
  const answers = [{ heard: 4, me: false }, { heard: 9, me: true }, { heard: 9, me: null }]
  const it = connection({ poll: async () => answers.shift() ?? { heard: 9, me: false } })
  it.stream.start()
  await turns()
  it.opened[0].say('event: status\ndata: {"heard":3}\n\n')
  await turns()
  it.events.length = 0
  it.document.become("hidden")
  await it.clock.pass(60000 + 3 * 45000)
  assert.deepEqual(it.polled, ["/api/news?heard=3", "/api/news?heard=4", "/api/news?heard=9"])
  assert.deepEqual(it.events.filter(([type]) => type === "me"), [["me", {}]])
  it.document.become("visible")
  await it.clock.pass(200000)
  assert.equal(it.polled.length, 3)
  it.stream.stop()
})

test("a page that has rested for an hour, through an outage, still learns of a hello", async () => {
  let answer = async () => ({ heard: 4, me: false })
  const it = connection({ poll: () => answer() })
  it.stream.start()
  await turns()
  it.opened[0].say('event: status\ndata: {"heard":3}\n\n')
  await turns()
  it.events.length = 0
  it.document.become("hidden")
  const minutes = async (number) => {
    for (let minute = 0; minute < number; minute++) await it.clock.pass(60000)
  }
  await minutes(30)
  answer = async () => {
    throw new Error("out of order")
  }
  await minutes(30)
  assert.equal(it.events.filter(([type]) => type === "me").length, 0)
  answer = async () => ({ heard: 5, me: true })
  await minutes(2)
  assert.ok(it.events.some(([type]) => type === "me"))
  it.stream.stop()
})

test("a page that is hidden for a moment keeps its stream", async () => {
  const it = connection()
  it.stream.start()
  await turns()
  it.opened[0].say(": hello\n\n")
  it.document.become("hidden")
  await it.clock.pass(5000)
  it.document.become("visible")
  it.opened[0].say(": still here\n\n")
  await it.clock.pass(40000)
  assert.equal(it.opened.length, 1)
  it.stream.stop()
})

test("after stop everything is quiet", async () => {
  const it = connection({ opens: () => false })
  it.setRevision(1)
  it.stream.start()
  await it.clock.pass(5000)
  it.stream.stop()
  const before = [it.opened.length, it.polled.length]
  await it.clock.pass(120000)
  assert.deepEqual([it.opened.length, it.polled.length], before)
})
