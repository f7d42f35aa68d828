import assert from "node:assert/strict"
import { test } from "node:test"
import { inOrder, inTurn } from "../../plugin/static/live/in_order.js"

const NOW = { cache: "no-store" }

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
  const found = api.get("/api/host", NOW)
  await answer()
  assert.equal(await found, "before")
  assert.equal(asked(), 0)
})

for (const name of ["post", "patch", "remove", "postForm"]) {
  test(`a question that ${name} overtook is asked again`, async () => {
    const { api, answer } = service()
    const found = api.get("/api/host", NOW)
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
  const found = api.get("/api/host", NOW)
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
  const found = api.get("/api/host", NOW)
  await answer(1)
  assert.equal(await found, "before")
  await answer()
  await done
})

test("what failed is told to who did it, and the question is asked again", async () => {
  const { api, answer } = service()
  const found = api.get("/api/host", NOW)
  const done = api.post("after")
  const refused = assert.rejects(done, /no/)
  await answer(1, new Error("no"))
  await refused
  await answer()
  await answer()
  assert.equal(await found, "before")
})

test("what may be old is asked once", async () => {
  const { api, answer } = service()
  const found = api.get("/api/targets")
  const done = api.post("after")
  await answer(1)
  await done
  await answer()
  assert.equal(await found, "before")
})

test("what the api is besides stays as it is", () => {
  let online = true
  const api = inOrder({
    get online() {
      return online
    },
  })
  online = false
  assert.equal(api.online, false)
})

test("who asks while an answer is on its way gets the next one, and all who do the same one", async () => {
  const waiting = []
  let asked = 0
  const refresh = inTurn(() => new Promise((resolve) => waiting.push(resolve.bind(null, ++asked))))
  const first = refresh()
  const later = [refresh(), refresh()]
  assert.equal(asked, 1)
  waiting.shift()()
  assert.equal(await first, 1)
  await new Promise((resolve) => setImmediate(resolve))
  waiting.shift()()
  assert.deepEqual(await Promise.all(later), [2, 2])
  const last = refresh()
  waiting.shift()()
  assert.equal(await last, 3)
})

test("a failure is told to those who asked, and the next one is asked for all the same", async () => {
  let asked = 0
  const refresh = inTurn(async () => {
    if (++asked === 1) throw new Error("gone")
    return asked
  })
  const [first, second] = await Promise.allSettled([refresh(), refresh()])
  assert.equal(first.reason.message, "gone")
  assert.equal(second.value, 2)
})
