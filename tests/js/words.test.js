import assert from "node:assert/strict"
import { test } from "node:test"
import { words } from "../../plugin/static/words/words.js"

test("one photo is not photos", () => {
  assert.equal(words.photos(1), "1 photo")
  assert.equal(words.photos(1173), "1,173 photos")
  assert.equal(words.newPhotos(12), "12 new photos")
})

test("the line's counter says what is left, and what is too much", () => {
  assert.equal(words.storyLeft(12), "12 left")
  assert.equal(words.storyLeft(-3), "3 too many")
})

test("the end of the list says why it ends", () => {
  assert.match(words.endOfPeople(0, false, ""), /first photo/)
  assert.match(words.endOfPeople(0, false, "zz"), /zz/)
  assert.equal(words.endOfPeople(3, false, "zz"), "")
})

test("every state of a photo and every reachability has words", () => {
  for (const state of ["received", "prepared", "held", "placed", "refused"]) assert.ok(words.state[state])
  for (const mode of ["open", "looking", "hidden"]) assert.equal(words.reachability[mode].length, 2)
})
