import assert from "node:assert/strict"
import { test } from "node:test"
import { createFacts, FAREWELL, minutesOf, phaseAt } from "../../plugin/static/ui/together/facts.js"

const running = { id: 1, phase: "pour", left: 300, phase_left: 60, starts_in: 0, total: 300, phases: [{ name: "pour", left: 60 }, { name: "stroll", left: 90 }, { name: "line", left: 150 }] }

test("a panel goes through the phases by itself, and everybody is sent back at the end", () => {
  const at = (elapsed) => phaseAt(running, elapsed)?.name ?? null
  assert.deepEqual([0, 59, 60, 149, 150, 299, 300, 300 + FAREWELL - 1, 300 + FAREWELL].map(at), ["pour", "pour", "stroll", "stroll", "line", "line", "seats", "seats", null])
  assert.deepEqual(phaseAt(running, 75), { name: "stroll", left: 225, phaseLeft: 75, share: 0.25 })
})

test("a scheduled break is announced, and begins without another word from the service", () => {
  const soon = { ...running, phase: "soon", starts_in: 120 }
  assert.equal(phaseAt(soon, 0).name, "soon")
  assert.equal(phaseAt(soon, 30).left, 90)
  assert.equal(phaseAt(soon, 130).name, "pour")
})

test("who comes while it ends sees only the rest of the farewell", () => {
  assert.equal(phaseAt({ phase: "seats", phase_left: 20, phases: [], total: 300 }, 19).name, "seats")
  assert.equal(phaseAt({ phase: "seats", phase_left: 20, phases: [], total: 300 }, 21), null)
  assert.equal(phaseAt(null, 0), null)
})

test("minutes are rounded up, and the last one is less than one", () => {
  assert.deepEqual([310, 300, 61, 60, 59].map(minutesOf), [6, 5, 2, 1, 0])
})

function clock() {
  let now = 0
  let waiting = []
  return {
    performance: { now: () => now },
    setTimeout: (run, after) => waiting.push({ run, at: now + after }) && waiting.length,
    clearTimeout: () => (waiting = []),
    pass(milliseconds) {
      const end = now + milliseconds
      while (waiting.length && waiting[0].at <= end) {
        const { run, at } = waiting.shift()
        now = at
        run()
      }
      now = end
    },
  }
}

test("listeners hear of each phase once, with the one before it, and what is absent in news is unchanged", () => {
  const time = clock()
  let take
  const facts = createFacts({ feed: { on: (_type, listener) => (take = listener) }, clock: time })
  const heard = []
  facts.subscribe(({ type, before }) => type !== "tick" && heard.push([type, before ?? null, facts.phase?.name ?? null]))
  take({ break: running, here: 12, threads: 3 })
  take({ delayed: false })
  assert.equal(facts.here, 12)
  assert.equal(facts.hostsHere, false)
  time.pass(151_000)
  assert.deepEqual(heard, [["phase", null, "pour"], ["here", null, "pour"], ["threads", null, "pour"], ["phase", "pour", "stroll"], ["phase", "stroll", "line"]])
  take({ break: null })
  assert.deepEqual(heard.at(-1), ["phase", "line", null])
})

const coming = { id: 1, starts_in: 20, people: 0, rooms: 0, hellos: 0 }

function knowing() {
  const time = clock()
  let take
  const facts = createFacts({ feed: { on: (_type, listener) => (take = listener) }, clock: time })
  const heard = []
  facts.subscribe(({ type }) => heard.push(type))
  return { time, facts, heard, take: (news) => take(news) }
}

test("a reveal comes at one moment, whoever tells of it and however late that is heard", () => {
  const { time, facts, take } = knowing()
  take({ reveal: coming })
  assert.equal(facts.revealAt, 20_000)
  time.pass(5_000)
  take({ reveal: { ...coming, starts_in: 16 } }) // told a second ago
  assert.equal(facts.revealAt, 20_000)
  take({ reveal: { ...coming, starts_in: 14.5 } }) // quicker on its way than the first
  assert.equal(facts.revealAt, 19_500)
  time.pass(20_000)
  assert.equal(facts.reveal.left, -5.5)
})

test("a reveal that was undone and comes again is counted anew", () => {
  const { time, facts, heard, take } = knowing()
  take({ reveal: coming })
  take({ reveal: null })
  assert.equal(facts.reveal, null)
  time.pass(10_000)
  take({ reveal: { ...coming, id: 2 } })
  assert.equal(facts.revealAt, 30_000)
  take({ reveal: { ...coming, id: 2, starts_in: -1, people: 30 } })
  assert.deepEqual(heard, ["reveal", "reveal", "reveal", "reveal"])
})

test("a snapshot that is older than what the stream told says nothing new", () => {
  const { facts, take } = knowing()
  take({ reveal: coming, as_of: 100 })
  take({ reveal: null, here: 7, as_of: 99 })
  assert.equal(facts.reveal.id, 1)
  assert.equal(facts.here, 0)
  take({ reveal: null, as_of: 101 })
  assert.equal(facts.reveal, null)
})
