import assert from "node:assert/strict"
import { test } from "node:test"
import { kept, pictureIn } from "../../plugin/static/ui/kit/files.js"

const MOST = 1000
const jpeg = (size = 100) => Uint8Array.from({ length: size }, (_, at) => [0xff, 0xd8, 0xff][at] ?? 7)

test("what is sent is what was chosen, read when it was chosen", async () => {
  let reads = 0
  const chosen = {
    name: "IMG_1.JPG",
    type: "image/jpeg",
    size: 100,
    slice: (...range) => new Blob([jpeg()]).slice(...range),
    arrayBuffer: async () => (reads++ ? assert.fail("it was read again") : jpeg().buffer),
  }
  const { file, wrong } = await kept(chosen, MOST)
  assert.equal(wrong, null)
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), jpeg())
  assert.deepEqual([file.name, file.type], ["IMG_1.JPG", "image/jpeg"])
})

test("a file that cannot be read any more is called gone, not a network that is down", async () => {
  const gone = async () => {
    throw new DOMException("The requested file could not be read", "NotReadableError")
  }
  for (const chosen of [
    { size: 100, slice: () => ({ arrayBuffer: gone }) },
    { size: 100, slice: () => new Blob([jpeg()]), arrayBuffer: gone },
  ])
    assert.deepEqual(await kept(chosen, MOST), { file: null, wrong: "gone" })
})

test("a file that is too large is not read", async () => {
  const unread = () => assert.fail("it was read")
  const chosen = { size: MOST + 1, slice: (...range) => new Blob([jpeg()]).slice(...range), arrayBuffer: unread }
  assert.deepEqual(await kept(chosen, MOST), { file: null, wrong: "too_large" })
})

test("of what was dropped a picture is taken first, and else the first file, for its type may be unknown", () => {
  const notes = { type: "text/plain" }
  const photo = { type: "image/jpeg" }
  const heif = { type: "application/octet-stream" }
  assert.equal(pictureIn({ files: [notes, photo] }), photo)
  assert.equal(pictureIn({ files: [heif] }), heif)
  assert.equal(pictureIn({ files: [] }), null)
  assert.equal(pictureIn(null), null)
})
