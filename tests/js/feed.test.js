import assert from "node:assert/strict"
import { test } from "node:test"
import { ApiError } from "../../plugin/static/live/api.js"
import { createFeed } from "../../plugin/static/live/feed.js"
import { createPhotos } from "../../plugin/static/wall/photos.js"
import { createWallState } from "../../plugin/static/wall/state.js"
import { change, snapshot } from "./walls.js"

const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A clock whose short waits pass at once; longer ones only when the test says so. */
function clockOf() {
  const later = []
  return {
    performance: { now: () => 0 },
    setTimeout: (call, ms) => (ms < 1500 ? setImmediate(call) : later.push(call)),
    clearTimeout: () => {},
    passLong: () => later.splice(0).forEach((call) => call()),
  }
}

/** A feed on a service that answers by path; `say` speaks as the live stream does. */
function panel(answers) {
  const asked = []
  let stream
  const api = {
    async get(path) {
      asked.push(path)
      const [start] = path.split("?")
      const next = answers[start].length > 1 ? answers[start].shift() : answers[start][0]
      if (next instanceof Error) throw next
      return typeof next === "function" ? next(path) : next
    },
  }
  const clock = clockOf()
  const wall = createWallState()
  const openStream = (given) => {
    stream = { ...given, opened: false }
    return { start: () => (stream.opened = true), stop: () => (stream.opened = false) }
  }
  const feed = createFeed({ api, wall, photos: createPhotos({ api, clock }), openStream, clock })
  const heard = []
  for (const type of ["me", "status", "connection", "error"]) feed.on(type, (value) => heard.push([type, value]))
  return { feed, wall, asked, heard, clock, say: (type, data) => stream.onEvent(type, data), stream: () => stream }
}

test("the stream is opened before the snapshot is asked for", async () => {
  let openedFirst = null
  const it = panel({ "/api/wall": [() => ((openedFirst = it.stream().opened), snapshot())] })
  it.feed.start()
  await settled()
  assert.equal(openedFirst, true)
  assert.equal(it.wall.revision, 10)
})

test("what comes before the snapshot is kept, and only the newer is replayed", async () => {
  const it = panel({ "/api/wall": [snapshot()] })
  it.feed.start()
  it.say("changes", { revision: 11, changes: [change({ revision: 10, from: 9, cells: [[1, 99, 1]] }), change({ cells: [[2, 8, 1]] })] })
  assert.equal(it.wall.ready, false)
  await settled()
  assert.equal(it.wall.revision, 11)
  assert.equal(it.wall.homeOf(8), 2)
  assert.equal(it.wall.homeOf(99), null)
  assert.deepEqual(it.asked, ["/api/wall"])
})

test("a change that follows on is applied at once, with its people", async () => {
  const it = panel({ "/api/wall": [snapshot()] })
  it.feed.start()
  await settled()
  it.say("changes", { revision: 12, changes: [change({}), change({ revision: 12, from: 11, cells: [[3, 9, 1]] })] })
  assert.equal(it.wall.revision, 12)
  it.say("changes", { revision: 12, changes: [change({})] })
  assert.equal(it.wall.revision, 12)
})

test("a gap is mended with the missing changes", async () => {
  const missing = change({ cells: [[2, 8, 1]] })
  const it = panel({ "/api/wall": [snapshot()], "/api/changes": [{ revision: 12, changes: [missing, change({ revision: 12, from: 11 })] }] })
  it.feed.start()
  await settled()
  it.say("changes", { revision: 12, changes: [change({ revision: 12, from: 11 })] })
  await settled()
  assert.equal(it.wall.revision, 12)
  assert.equal(it.wall.homeOf(8), 2)
  assert.deepEqual(it.asked, ["/api/wall", "/api/changes?since=10"])
})

test("a gap that the service cannot fill is mended with the snapshot", async () => {
  const it = panel({ "/api/wall": [snapshot(), snapshot({ revision: 300 })], "/api/changes": [{ gap: true, revision: 300 }] })
  it.feed.start()
  await settled()
  it.say("changes", { revision: 300, changes: [change({ revision: 300, from: 299 })] })
  await settled()
  assert.equal(it.wall.revision, 300)
  assert.deepEqual(it.asked, ["/api/wall", "/api/changes?since=10", "/api/wall"])
})

test("another grid brings the snapshot, also when a stale one comes first", async () => {
  const grown = snapshot({ revision: 11, generation: 2, columns: 2, rows: 2, cells: [7, 7, 300, 300], homes: [[7, 0], [300, 3]] })
  const it = panel({ "/api/wall": [snapshot(), snapshot(), grown] })
  it.feed.start()
  await settled()
  const events = []
  it.wall.subscribe((event) => events.push(event))
  it.say("changes", { revision: 11, changes: [change({ generation: 2 })] })
  await settled()
  assert.equal(it.wall.generation, 2)
  assert.equal(events.at(-1).grown, true)
})

test("the service's word gap brings the snapshot", async () => {
  const it = panel({ "/api/wall": [snapshot(), snapshot({ revision: 50 })] })
  it.feed.start()
  await settled()
  it.say("gap", {})
  await settled()
  assert.equal(it.wall.revision, 50)
})

test("what fell between a cached snapshot and the stream is asked for once, unless a change was heard", async () => {
  const it = panel({ "/api/wall": [snapshot()], "/api/changes": [{ revision: 11, changes: [change({})] }] })
  it.feed.start()
  await settled()
  it.clock.passLong()
  await settled()
  assert.equal(it.wall.revision, 11)

  const other = panel({ "/api/wall": [snapshot()] })
  other.feed.start()
  await settled()
  other.say("changes", { revision: 11, changes: [change({})] })
  other.clock.passLong()
  await settled()
  assert.deepEqual(other.asked, ["/api/wall"])
})

test("a panel that shows nothing says why, and goes on trying", async () => {
  const it = panel({ "/api/wall": [new ApiError(503, "busy", "Very busy."), snapshot()] })
  it.feed.start()
  await settled()
  assert.deepEqual(it.heard.map(([type, { code }]) => [type, code]), [["error", "busy"]])
  assert.equal(it.wall.ready, true)
})

test("an error that does not pass is told and not repeated", async () => {
  const it = panel({ "/api/wall": [new ApiError(404, "unknown_code", "No such code.")] })
  it.feed.start()
  await settled()
  assert.deepEqual(it.asked, ["/api/wall"])
  assert.equal(it.heard[0][1].code, "unknown_code")
})

test("a service that contradicts itself is not asked without end", async () => {
  const it = panel({ "/api/wall": [snapshot()], "/api/changes": [{ revision: 12, changes: [] }] })
  it.feed.start()
  await settled()
  it.say("changes", { revision: 12, changes: [] })
  await settled()
  assert.ok(it.asked.length <= 3, it.asked.join(" "))
})

test("status and me are passed on, and the wall knows the status", async () => {
  const it = panel({ "/api/wall": [snapshot()] })
  it.feed.start()
  await settled()
  it.say("status", { delayed: true, state: "closed" })
  it.say("me", {})
  assert.equal(it.wall.delayed, true)
  assert.equal(it.wall.state, "closed")
  assert.deepEqual(it.heard, [["status", { delayed: true, state: "closed" }], ["me", {}]])
})

test("after stop nothing is asked any more", async () => {
  const it = panel({ "/api/wall": [snapshot()], "/api/changes": [{ gap: true, revision: 40 }] })
  it.feed.start()
  await settled()
  it.feed.stop()
  it.say("changes", { revision: 40, changes: [change({ revision: 40, from: 39 })] })
  it.clock.passLong()
  await settled()
  assert.deepEqual(it.asked, ["/api/wall"])
})
