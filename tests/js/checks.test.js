import assert from "node:assert/strict"
import { test } from "node:test"
import { charactersLeft, cropAfterDrag, isMovable, oneLine, wrongWithFile } from "../../plugin/static/ui/kit/checks.js"

const MEGABYTE = 1024 * 1024
const MOST = 20 * MEGABYTE

test("a photo that the service takes may be sent", () => {
  for (const type of ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "IMAGE/JPEG"])
    assert.equal(wrongWithFile({ name: "a", type, size: 5 }, MOST), null, type)
})

test("a HEIC file for which the system knows no type is judged by its name", () => {
  assert.equal(wrongWithFile({ name: "IMG_2041.HEIC", type: "", size: 5 }, MOST), null)
  assert.equal(wrongWithFile({ name: "notes", type: "", size: 5 }, MOST), "not_an_image")
})

test("pictures that the service does not take are refused before they are sent", () => {
  for (const type of ["image/svg+xml", "image/tiff", "application/pdf", "video/mp4"])
    assert.equal(wrongWithFile({ name: "a.jpg", type, size: 5 }, MOST), "not_an_image", type)
})

test("size is checked to the byte, and nothing is nothing", () => {
  assert.equal(wrongWithFile({ name: "a.jpg", type: "image/jpeg", size: MOST }, MOST), null)
  assert.equal(wrongWithFile({ name: "a.jpg", type: "image/jpeg", size: MOST + 1 }, MOST), "too_large")
  assert.equal(wrongWithFile({ name: "a.jpg", type: "image/jpeg", size: 0 }, MOST), "empty")
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
