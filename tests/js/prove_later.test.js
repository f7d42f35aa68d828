import assert from "node:assert/strict"
import { test } from "node:test"
import { createLaterProof } from "../../plugin/static/live/prove_later.js"

function clock() {
  const waiting = []
  return {
    waiting,
    setTimeout: (act, after) => waiting.push({ act, after }),
    clearTimeout: (number) => number && waiting.splice(number - 1, 1),
  }
}

test("who could not be proved tries again after a minute or so, and then more and more rarely", async () => {
  const time = clock()
  let tries = 0
  const proof = createLaterProof({
    clock: time,
    prove: async () => {
      tries++
      proof.note({ may_prove_later: tries < 5 })
    },
  })
  proof.note({ may_prove_later: true })
  const pauses = []
  while (time.waiting.length) {
    const { act, after } = time.waiting.pop()
    pauses.push(after)
    await act()
  }
  assert.equal(tries, 5)
  assert.ok(pauses[0] >= 60_000 && pauses[0] <= 120_000)
  assert.ok(pauses[4] >= 300_000 && pauses[4] <= 600_000)
})

test("who is proved, or never can be, is left alone", () => {
  const time = clock()
  createLaterProof({ clock: time, prove: () => assert.fail("asked") }).note({})
  assert.equal(time.waiting.length, 0)
})

test("a try that does not get through is not the last one", async () => {
  const time = clock()
  const proof = createLaterProof({ clock: time, prove: () => Promise.reject(new Error("offline")) })
  proof.note({ may_prove_later: true })
  await time.waiting.pop().act()
  assert.equal(time.waiting.length, 1)
})
