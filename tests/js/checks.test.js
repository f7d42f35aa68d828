import assert from "node:assert/strict"
import { test } from "node:test"
import { charactersLeft, cropAfterDrag, isMovable, oneLine, wrongWithFile } from "../../plugin/static/ui/kit/checks.js"

const MEGABYTE = 1024 * 1024
const MOST = 20 * MEGABYTE

const head = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const HEADS = {
  jpeg: "\xff\xd8\xff\xe1 and so on",
  png: "\x89PNG\r\n\x1a\n",
  gif: "GIF89a",
  webp: "RIFF\0\0\0\0WEBPVP8 ",
  avif: "\0\0\0\x1cftypavif\0\0\0\0",
  heic: "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
  "heif of the general brand": "\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
}

test("a photo that the service takes may be sent, whatever its system calls it", () => {
  for (const [kind, text] of Object.entries(HEADS))
    for (const type of ["", "application/octet-stream", "image/mpo"])
      assert.equal(wrongWithFile({ name: "a.bin", type, size: 50, head: head(text) }, MOST), null, kind)
})

test("what is no photo is refused before it is sent, whatever it is called", () => {
  const others = ["<svg xmlns=''>", "II*\0", "%PDF-1.7", "\0\0\0\x18ftypisom\0\0\0\0mp42avc1", "RIFF\0\0\0\0WAVE", "notes"]
  for (const text of others)
    assert.equal(wrongWithFile({ name: "a.jpg", type: "image/jpeg", size: 50, head: head(text) }, MOST), "not_an_image", text)
})

test("size is checked to the byte, and nothing is nothing", () => {
  const photo = { head: head(HEADS.jpeg) }
  assert.equal(wrongWithFile({ ...photo, size: MOST }, MOST), null)
  assert.equal(wrongWithFile({ ...photo, size: MOST + 1 }, MOST), "too_large")
  assert.equal(wrongWithFile({ size: 0, head: head("") }, MOST), "empty")
})

test("a line is one line whatever was pasted into it", () => {
  assert.equal(oneLine("  maps \n that\tare   wrong\u00a0"), "maps that are wrong")
})

test("characters are counted as the service counts them: an emoji is one", () => {
  assert.equal(charactersLeft("☕️ again", 140), 140 - [..."☕️ again"].length)
  assert.equal(charactersLeft("🦊🦊", 140), 138)
  assert.equal(charactersLeft("x".repeat(150), 140), -10)
})

test("dragging a wide photo to the left shows more of its right", () => {
  const size = { width: 4000, height: 2000, frame: 200 } // shown 400 x 200: 200 pixels to spare
  assert.deepEqual(cropAfterDrag({ x: 0.5, y: 0.5 }, -50, 30, size), { x: 0.75, y: 0.5 })
})

test("the square never leaves the photo", () => {
  const size = { width: 2000, height: 4000, frame: 200 }
  assert.deepEqual(cropAfterDrag({ x: 0.5, y: 0.5 }, 0, -900, size), { x: 0.5, y: 1 })
  assert.deepEqual(cropAfterDrag({ x: 0.5, y: 0.1 }, 0, 900, size), { x: 0.5, y: 0 })
})

test("a square photo cannot be moved", () => {
  assert.equal(isMovable(1000, 1000), false)
  assert.equal(isMovable(1000, 750), true)
  assert.deepEqual(cropAfterDrag({ x: 0.5, y: 0.5 }, 40, 40, { width: 900, height: 900, frame: 300 }), { x: 0.5, y: 0.5 })
})
