/**
 * A photo at twice the size that the service keeps, made in the browser: what a phone takes is ten times that, and a room
 * full of people sends through one line. What the camera wrote beside the picture, the place above all, stays here.
 *
 *   const sent = await smaller(file, picture)     // the very file where it is small already, or where this browser cannot
 *
 * `picture` is the element that shows it: every browser turns that upright, and not every one an ImageBitmap.
 */

const LEAST_BYTES = 1024 * 1024 // smaller ones are on their way sooner than they are made smaller
const MOST_BYTES = 25 * 1024 * 1024 // 200 megapixels, unpacked, are more than a phone may give to a page
const LONG_SIDE = 2048 // the service keeps 1024, and of panoramas
const SHORT_SIDE = 1024 // 512
const MOST_PIXELS = 16 * 1024 * 1024 // of a canvas in WebKit
const QUALITY = 0.85 // halved by the service, nobody sees it
const WORTH = 0.8 // of the bytes
const MARKS = [/^\xff\xd8\xff/, /^....ftyp(hei[cmsx]|hev[cmsx]|mif1)/s] // JPEG and HEIF: nothing is transparent there

/** The size at which a photo goes: {width, height}. Pure. */
export function sizeOf(width, height) {
  const scale = Math.min(1, Math.max(LONG_SIDE / Math.max(width, height), SHORT_SIDE / Math.min(width, height)))
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

export async function smaller(file, picture, { canvasOf = drawn } = {}) {
  try {
    if (file.size < LEAST_BYTES || file.size > MOST_BYTES || !(await isPhoto(file))) return file
    await picture.decode()
    const { width, height } = sizeOf(picture.naturalWidth, picture.naturalHeight)
    if (width * height > MOST_PIXELS) return file
    const canvas = canvasOf(picture, width, height)
    const blob = canvas && (await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY)))
    const isWorth = blob?.type === "image/jpeg" && blob.size < WORTH * file.size
    return isWorth ? new File([blob], file.name, { type: blob.type }) : file
  } catch {
    return file // HEIC outside WebKit, for one
  }
}

async function isPhoto(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()))
  return MARKS.some((mark) => mark.test(head))
}

function drawn(picture, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height })
  const context = canvas.getContext("2d", { alpha: false })
  context.imageSmoothingQuality = "high"
  context.drawImage(picture, 0, 0, width, height)
  return isTrue() ? canvas : null
}

const CLOSE = 8 // of 255; some browsers change the last bits

/** Whether this browser gives back what was drawn: against being recognised, some give noise or white. */
function isTrue() {
  const context = Object.assign(document.createElement("canvas"), { width: 4, height: 4 }).getContext("2d")
  const sent = Uint8ClampedArray.from({ length: 64 }, (_, at) => (at % 4 === 3 ? 255 : (at * 37) % 256))
  context.putImageData(new ImageData(sent, 4, 4), 0, 0)
  return context.getImageData(0, 0, 4, 4).data.every((value, at) => Math.abs(value - sent[at]) <= CLOSE)
}
