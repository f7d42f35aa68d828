import assert from "node:assert/strict"
import { test } from "node:test"
import { createPhotos } from "../../plugin/static/wall/photos.js"

const clock = { setTimeout: (call) => setImmediate(call) }

function service(answer = (ids) => ids.map((id) => ({ id, key: `k${id}`, name: `N${id}` }))) {
  const asked = []
  const get = async (path) => {
    const ids = path.split("ids=")[1].split(",").map(Number)
    asked.push(ids)
    return { photos: answer(ids) }
  }
  return { asked, photos: createPhotos({ api: { get }, clock }) }
}

test("questions that come together are asked together, each photo once", async () => {
  const { asked, photos } = service()
  const [one, two] = await Promise.all([photos.load([1, 2, 2, 0]), photos.load([2, 3])])
  assert.deepEqual(asked, [[1, 2, 3]])
  assert.deepEqual([...one.keys()], [1, 2])
  assert.equal(two.get(3).name, "N3")
  await photos.load([1, 3])
  assert.equal(asked.length, 1)
})

test("more than a hundred are asked for in parts", async () => {
  const { asked, photos } = service()
  await photos.load(Array.from({ length: 230 }, (_, index) => index + 1))
  assert.deepEqual(asked.map((ids) => ids.length), [100, 100, 30])
})

test("a photo that is gone is left out and does not hold up the others", async () => {
  const { photos } = service((ids) => ids.filter((id) => id !== 2).map((id) => ({ id })))
  assert.deepEqual([...(await photos.load([1, 2])).keys()], [1])
})

test("after a failure it is asked again", async () => {
  let broken = true
  const { asked, photos } = service((ids) => {
    if (broken) throw new Error("gone")
    return ids.map((id) => ({ id }))
  })
  await assert.rejects(photos.load([5]))
  broken = false
  assert.equal((await photos.load([5])).size, 1)
  assert.equal(asked.length, 2)
})

test("what the live connection tells is known at once, and listeners hear of it", () => {
  const { photos } = service()
  const heard = []
  photos.subscribe((ids) => heard.push(ids))
  photos.put([{ id: 9, name: "Ada", home: 4 }])
  photos.put([{ id: 9, story: "I like trains." }])
  assert.deepEqual(photos.get(9), { id: 9, name: "Ada", home: 4, story: "I like trains." })
  photos.forget(9)
  assert.equal(photos.get(9), undefined)
  assert.deepEqual(heard, [[9], [9]])
})

test("who is behind a photo that only the live connection told of is asked for when somebody wants to know", async () => {
  const { asked, photos } = service()
  photos.put([{ id: 9, key: "k9", home: 4 }])
  assert.equal((await photos.load([9])).get(9).key, "k9")
  assert.deepEqual(asked, [])
  const [found] = await Promise.all([photos.load([9, 10], { people: true }), photos.load([9], { people: true })])
  assert.equal(found.get(9).name, "N9")
  assert.equal(photos.get(9).home, 4)
  assert.deepEqual(asked, [[9, 10]])
  await photos.load([9], { people: true })
  assert.equal(asked.length, 1)
})
