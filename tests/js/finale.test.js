import assert from "node:assert/strict"
import { test } from "node:test"
import { beatOf, wordsOf } from "../../plugin/static/ui/together/finale.js"

const at = (left, more = {}) => ({ id: 1, left, people: left > 0 ? 0 : 30, rooms: 0, hellos: 0, ...more })
const state = (more = {}) => ({ revealed: false, flying: false, closed: false, ...more })

test("a notice, the flight, and words", () => {
  assert.equal(beatOf(null, state()), null)
  assert.equal(beatOf(at(20), state()), "notice")
  assert.equal(beatOf(at(1), state({ revealed: true, flying: true })), "notice") // the picture is there and waits for its moment
  assert.equal(beatOf(at(0), state({ revealed: true, flying: true })), "flight")
  assert.equal(beatOf(at(-3), state({ revealed: true })), "words")
})

test("a picture that comes late is waited for in words", () => {
  assert.equal(beatOf(at(-1), state()), "late")
})

test("whoever closed the words, or comes long afterwards, is not told", () => {
  assert.equal(beatOf(at(-3), state({ revealed: true, closed: true })), null)
  assert.equal(beatOf(at(-599), state({ revealed: true })), "words")
  assert.equal(beatOf(at(-601), state({ revealed: true })), null)
})

test("nothing is said of nobody before the numbers have come", () => {
  assert.equal(beatOf(at(-3, { people: 0 }), state({ revealed: true })), "flight")
})

test("one room and no hellos are not spoken of", () => {
  assert.deepEqual(wordsOf({ people: 1, rooms: 0, hellos: 0 }), ["1 person made this picture"])
  assert.deepEqual(wordsOf({ people: 1173, rooms: 4, hellos: 61 }), ["1,173 people made this picture", "from 4 rooms", "61 hellos were answered"])
})
