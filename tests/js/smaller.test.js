import assert from "node:assert/strict"
import { test } from "node:test"
import { sizeOf, smaller } from "../../plugin/static/ui/kit/smaller.js"

const MEGABYTE = 1024 * 1024
const JPEG = [0xff, 0xd8, 0xff, 0xe1]
const HEIC = [0, 0, 0, 24, ...Buffer.from("ftypheic")]
const PNG = [0x89, ...Buffer.from("PNG\r\n\x1a\n")]

function photo(megabytes, head = JPEG) {
  const bytes = new Uint8Array(megabytes * MEGABYTE)
  bytes.set(head)
  return new File([bytes], "IMG_1.JPG", { type: "image/jpeg" })
}

/** A picture as the panel shows it, and a canvas that gives so many bytes. */
function browser({ width = 4032, height = 3024, bytes = 0.5 * MEGABYTE, decode = async () => {} } = {}) {
  const sizes = []
  const canvasOf = (_, ...size) => {
    sizes.push(size)
    return { toBlob: (done, type) => done(bytes === null ? null : new Blob([new Uint8Array(bytes)], { type })) }
  }
  return { picture: { naturalWidth: width, naturalHeight: height, decode }, canvasOf, sizes }
}

test("a photo keeps twice what the service keeps of it, and a panorama what its square needs", () => {
  for (const [from, to] of [
    [[4032, 3024], [2048, 1536]],
    [[3024, 4032], [1536, 2048]],
    [[1600, 1200], [1600, 1200]],
    [[12000, 2000], [6144, 1024]],
    [[9000, 900], [9000, 900]],
  ])
    assert.deepEqual(Object.values(sizeOf(...from)), to)
})

test("what a phone takes goes smaller, under its own name", async () => {
  for (const head of [JPEG, HEIC]) {
    const known = browser()
    const sent = await smaller(photo(4, head), known.picture, known)
    assert.deepEqual([sent.size, sent.name, sent.type], [0.5 * MEGABYTE, "IMG_1.JPG", "image/jpeg"])
    assert.deepEqual(known.sizes, [[2048, 1536]])
  }
})

test("everything else goes as it is", async () => {
  const unread = browser({ decode: () => assert.fail("it was opened") })
  for (const [file, known] of [
    [photo(0.9), unread], // it is small
    [photo(26), unread], // a phone could not hold it
    [photo(4, PNG), unread], // it may be transparent
    [photo(4), browser({ decode: async () => Promise.reject(new DOMException("", "EncodingError")) })], // HEIC in most browsers
    [photo(4), browser({ bytes: 3.9 * MEGABYTE })], // nothing is won
    [photo(4), browser({ bytes: null })], // the browser gives no JPEG
    [photo(4), browser({ width: 30000, height: 1024 })], // no canvas is as large
    [photo(4), { ...browser(), canvasOf: () => null }], // what was drawn does not come back
  ])
    assert.equal(await smaller(file, known.picture, known), file)
})
