import assert from "node:assert/strict"
import { test } from "node:test"
import { lazily } from "../../plugin/static/ui/kit/lazy.js"

test("a part is fetched when it is first wanted, and once", async () => {
  let fetched = 0
  const part = lazily(async () => ({ number: ++fetched }))
  assert.equal(part.isThere, false)
  const both = await Promise.all([part(), part()])
  assert.deepEqual(both, [{ number: 1 }, { number: 1 }])
  assert.equal((await part()).number, 1)
  assert.equal(part.isThere, true)
})

test("a part that did not come is told in words and asked for again", async () => {
  let fetched = 0
  const part = lazily(async () => {
    if (++fetched === 1) throw new TypeError("Failed to fetch dynamically imported module")
    return "here"
  })
  const answers = await Promise.allSettled([part(), part()])
  for (const { reason } of answers) assert.match(reason.message, /did not load/)
  assert.equal(part.isThere, false)
  assert.equal(await part(), "here")
  assert.equal(fetched, 2)
})
