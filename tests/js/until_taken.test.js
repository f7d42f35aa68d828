import assert from "node:assert/strict"
import { test } from "node:test"
import { untilTaken } from "../../plugin/static/live/until_taken.js"

const failing = (status) => Object.assign(new Error("no"), { status })

test("a photo that the service cannot keep just now is sent again until it is taken", async () => {
  let tries = 0
  const send = async () => {
    if (++tries < 6) throw failing(503)
    return "taken"
  }
  assert.equal(await untilTaken(send), "taken")
  assert.equal(tries, 6)
})

test("without a connection it waits for one, and says so", async () => {
  const lost = Object.assign(failing(0), { code: "offline" })
  let tries = 0
  let waited = 0
  const send = async () => {
    if (++tries < 4) throw lost
    return "taken"
  }
  assert.equal(await untilTaken(send, { again: async () => {}, onWait: () => waited++, patience: 0 }), "taken")
  assert.equal(waited, 3)
  const stopped = Object.assign(failing(0), { code: "aborted" })
  await assert.rejects(untilTaken(async () => { throw stopped }, { again: async () => {}, patience: 0 }), { code: "aborted" })
})

test("other failures are told at once, and patience has an end", async () => {
  for (const status of [0, 413, 422, 500]) {
    let tries = 0
    const send = async () => {
      tries++
      throw failing(status)
    }
    await assert.rejects(untilTaken(send), { status })
    assert.equal(tries, 1)
  }
  let clock = 0
  const send = async () => {
    clock += 400
    throw failing(503)
  }
  await assert.rejects(untilTaken(send, { patience: 1000, now: () => clock }), { status: 503 })
  assert.equal(clock, 1200)
})
