/** What can be said about a photo and a line before they are sent. Pure: no DOM, no network. */

export const HEAD_BYTES = 64 // of a file, enough to tell what it is

const SIGNATURES = ["\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF87a", "GIF89a"]
const BRANDS = /avif|avis|hei[cmsx]|hev[cmsx]|mif[12]|msf1/ // of AVIF and HEIF

/**
 * null when the file may be sent, or "empty" | "not_an_image" | "too_large". `head`: its first HEAD_BYTES. Names and types
 * are guesses of the system: some know no HEIC, or call it an octet stream.
 */
export function wrongWithFile({ size, head }, maxBytes) {
  if (size === 0) return "empty"
  if (!isPhoto(String.fromCharCode(...head))) return "not_an_image"
  return size > maxBytes ? "too_large" : null
}

function isPhoto(text) {
  if (SIGNATURES.some((mark) => text.startsWith(mark))) return true
  if (text.startsWith("RIFF")) return text.slice(8, 12) === "WEBP"
  return text.slice(4, 8) === "ftyp" && BRANDS.test(text.slice(8, text.charCodeAt(3) || HEAD_BYTES))
}

/** One line, as the server will keep it: any white space becomes one space. */
export const oneLine = (text) => text.replace(/\s+/gu, " ").trim()

/** Characters left of `longest`; counted as the server counts them (code points, so an emoji is one and not two). */
export const charactersLeft = (text, longest) => longest - [...oneLine(text)].length

/**
 * Where the square sits after a drag. `crop` {x, y} from 0 to 1 is the square's place along the photo's free length
 * (0 start, 0.5 middle, 1 end); the photo is shown so that its shorter side fills a frame of `frame` pixels.
 */
export function cropAfterDrag(crop, dx, dy, { width, height, frame }) {
  const scale = frame / Math.min(width, height)
  return {
    x: along(crop.x, dx, width * scale - frame),
    y: along(crop.y, dy, height * scale - frame),
  }
}

/** Below this a photo is as good as square: nothing to move. */
const SMALLEST_SLACK = 4 // pixels

function along(place, moved, slack) {
  if (slack < SMALLEST_SLACK) return 0.5
  return Math.min(1, Math.max(0, place - moved / slack))
}

/** Whether the square can be moved at all. */
export const isMovable = (width, height) => Math.max(width, height) / Math.min(width, height) > 1.02

/** A join code as people type it; they paste the whole join link as well. */
export function codeIn(text) {
  const link = /\/e\/([^/?#\s]+)/.exec(text)
  return (link?.[1] ?? text).replace(/[^\p{L}\p{N}]/gu, "").toUpperCase()
}
