import assert from "node:assert/strict"
import { test } from "node:test"
import { bend, createThreads, shortName } from "../../plugin/static/wall/threads.js"

function recorder() {
  const drawn = []
  const context = new Proxy(
    { canvas: { width: 400, height: 300 }, measureText: (text) => ({ width: text.length * 6 }), fillText: (text) => drawn.push(text), quadraticCurveTo: (...to) => drawn.push(to.slice(2).join(" ")) },
    { get: (target, name) => target[name] ?? (() => {}), set: () => true },
  )
  return { context, drawn }
}

const places = { 1: { x: 10, y: 10, side: 8 }, 2: { x: 200, y: 100, side: 8 }, 3: { x: 205, y: 102, side: 8 } }
const draw = (threads, context, now = 0, still = true) => threads.draw(context, (id) => places[id] ?? null, { now, pixelRatio: 1, accent: "#fb0", still })

test("a thread bends to the same side from whichever end it is drawn", () => {
  assert.deepEqual(bend(places[1], places[2]), bend(places[2], places[1]))
})

test("only one's own threads bear names, and names do not lie on each other", () => {
  const threads = createThreads()
  threads.set({ pairs: [[1, 2]], own: [{ photos: [1, 2], name: "Ben" }, { photos: [1, 3], name: "Cleo" }, { photos: [1, null], name: "Gone" }] })
  const { context, drawn } = recorder()
  assert.equal(draw(threads, context), false)
  assert.deepEqual(drawn.filter((each) => /[A-Z]/.test(each)), ["Ben"])
})

test("threads to photos that are not on the wall are not drawn, and new ones fade in", () => {
  const threads = createThreads()
  let told = 0
  threads.onChange(() => told++)
  threads.set({ pairs: [[1, 99]] })
  const { context, drawn } = recorder()
  draw(threads, context, 0, false)
  assert.equal(drawn.length, 0)
  threads.set({ pairs: [[1, 2]] })
  assert.equal(told, 2)
  assert.equal(draw(threads, context, 10, false), true)
  assert.equal(draw(threads, context, 5000, false), false)
})

test("a long name is cut between letters, never inside one", () => {
  const family = "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}"
  assert.equal(shortName("Ada"), "Ada")
  assert.equal(shortName(family.repeat(18)), family.repeat(18))
  assert.equal(shortName(family.repeat(19)), `${family.repeat(17)}…`)
})
