import assert from "node:assert/strict"
import { test } from "node:test"
import { createDraft, createDrawer } from "../../plugin/static/ui/mine/draft.js"

function draftOf({ kept = {}, files = new Map() } = {}) {
  const window = {
    get: (name) => kept[name] ?? null,
    set: (name, value) => (kept[name] = value),
    remove: (name) => delete kept[name],
  }
  const drawer = {
    put: async (slot, file) => files.set(slot, file),
    get: async (slot) => files.get(slot) ?? null,
    remove: async (slot) => files.delete(slot),
    tidy() {},
  }
  return { draft: createDraft({ code: "SPRING", window, drawer }), kept, files }
}

test("words and photo are there again after a reload", async () => {
  const { draft, kept, files } = draftOf()
  draft.keep(7, { story: "My old mill" })
  draft.keepPhoto(7, "a photo")
  draft.keep(7, { story: "My old coffee mill" })
  const after = draftOf({ kept, files }).draft
  assert.deepEqual(after.read(7), { story: "My old coffee mill" })
  assert.equal(await after.photo(7), "a photo")
})

test("nobody else gets them, and what they write takes their place", async () => {
  const { draft, files } = draftOf()
  draft.keep(7, { story: "My old mill" })
  draft.keepPhoto(7, "a photo")
  for (const other of [8, undefined]) {
    assert.deepEqual(draft.read(other), {})
    assert.equal(await draft.photo(other), null)
  }
  draft.keep(8, { story: "Mine" })
  assert.deepEqual(draft.read(7), {})
  assert.equal(files.size, 0)
})

test("nothing is left once it was sent, and nothing is kept for nobody", () => {
  const { draft, kept, files } = draftOf()
  draft.keep(undefined, { story: "Whose?" })
  assert.deepEqual(kept, {})
  draft.keep(7, { story: "My old mill" })
  draft.keepPhoto(7, "a photo")
  draft.forget()
  assert.deepEqual(kept, {})
  assert.equal(files.size, 0)
})

test("where a browser keeps no files there is none", async () => {
  const drawer = createDrawer({ factory: () => { throw new Error("no") } })
  await drawer.put("a", "b")
  assert.equal(await drawer.get("a"), null)
})
