import assert from "node:assert/strict"
import { test } from "node:test"
import { inOrder } from "../../plugin/static/live/in_order.js"

/** A service whose answers come when the test lets them: reads give what held when they were asked. */
function service() {
  const waiting = []
  let held = "before"
  const later = (answer) => new Promise((resolve, reject) => waiting.push({ resolve: () => resolve(answer), reject }))
  const act = async (value) => {
    await later()
    held = value
  }
  const api = inOrder({ get: () => later(held), post: act, patch: act, remove: act, postForm: act })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return {
    api,
    asked: () => waiting.length,
    async answer(index = 0, failure = null) {
      const [each] = waiting.splice(index, 1)
      if (failure) each.reject(failure)
      else each.resolve()
      await settled()
    },
  }
}

test("a question that nothing overtakes is asked once", async () => {
  const { api, answer, asked } = service()
  const found = api.get("/api/host")
  await answer()
  assert.equal(await found, "before")
  assert.equal(asked(), 0)
})

for (const name of ["post", "patch", "remove", "postForm"]) {
  test(`a question that ${name} overtook is asked again`, async () => {
    const { api, answer } = service()
    const found = api.get("/api/host")
    const done = api[name]("after")
    await answer(1) // what was done comes to its end first
    await done
    await answer() // and then the old answer
    await answer()
    assert.equal(await found, "after")
  })
}

test("an answer that comes while something is under way is not shown", async () => {
  const { api, answer, asked } = service()
  const done = api.post("after")
  const found = api.get("/api/host")
  await answer(1)
  assert.equal(asked(), 1) // it waits for what is under way
  await answer()
  await done
  await answer()
  assert.equal(await found, "after")
})

test("an upload, which may take long, holds up no question", async () => {
  const { api, answer } = service()
  const done = api.postForm("after")
  const found = api.get("/api/host")
  await answer(1)
  assert.equal(await found, "before")
  await answer()
  await done
})

test("what failed is told to who did it, and the question is asked again", async () => {
  const { api, answer } = service()
  const found = api.get("/api/host")
  const done = api.post("after")
  const refused = assert.rejects(done, /no/)
  await answer(1, new Error("no"))
  await refused
  await answer()
  await answer()
  assert.equal(await found, "before")
})
