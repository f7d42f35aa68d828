/**
 * Pictures from the service as ImageBitmaps (decoded off the main thread), and a cache that loads what a view wants.
 */
import { below } from "../page/below.js"

/** @returns {Promise<ImageBitmap>} */
export async function loadBitmap(url, { signal, crop } = {}) {
  const response = await fetch(below(url), { signal, credentials: "same-origin" })
  if (!response.ok) throw new Error(`${response.status} for ${url}`)
  const file = await response.blob()
  return crop ? createImageBitmap(file, crop.x, crop.y, crop.side, crop.side) : createImageBitmap(file)
}

const RETRY_AFTER = 5 * 1000

/**
 * Bitmaps by slot (a place, like "tile 3,4"); each has a version, and an older one stays until the newer came.
 *
 *   cache.want([{slot, version, url, crop}, …])   most wanted first; what is no longer wanted is not begun any more; `crop`
 *                                           {x, y, side} in pixels is the part that is kept, all of it without
 *   cache.get(slot)                         {bitmap, version, since} or undefined; `since` is when it came, to fade it in
 */
export function createImageCache({ capacity, parallel = 6, load = loadBitmap, onLoad = () => {}, now = () => performance.now() }) {
  const entries = new Map() // in order of last use
  const loading = new Set() // "slot version" under way
  const failed = new Map() // "slot version" -> when to try again
  let queue = []
  let room = capacity

  const nameOf = ({ slot, version }) => `${slot} ${version}`

  function pump() {
    while (loading.size < parallel && queue.length) begin(queue.shift())
  }

  async function begin(item) {
    const name = nameOf(item)
    loading.add(name)
    try {
      const bitmap = await load(item.url, { crop: item.crop })
      keep(item, bitmap)
      failed.delete(name)
      onLoad(item)
    } catch {
      failed.set(name, now() + RETRY_AFTER)
    } finally {
      loading.delete(name)
      pump()
    }
  }

  function keep({ slot, version }, bitmap) {
    const old = entries.get(slot)
    if (old && old.version > version) return bitmap.close?.()
    entries.delete(slot)
    entries.set(slot, { bitmap, version, since: old ? old.since : now() })
    old?.bitmap.close?.()
    for (const [oldest, entry] of entries) {
      if (entries.size <= room) break
      entries.delete(oldest)
      entry.bitmap.close?.()
    }
  }

  return {
    get(slot) {
      const entry = entries.get(slot)
      if (!entry) return undefined
      entries.delete(slot)
      entries.set(slot, entry)
      return entry
    },
    want(items) {
      room = Math.max(capacity, Math.ceil(items.length * 1.25))
      const asked = new Set() // many cells may show the same picture
      queue = items.filter((item) => {
        const entry = entries.get(item.slot)
        const name = nameOf(item)
        if (asked.has(name)) return false
        asked.add(name)
        return !(entry && entry.version >= item.version) && !loading.has(name) && !(failed.get(name) > now())
      })
      pump()
    },
    get busy() {
      return loading.size + queue.length > 0
    },
    clear() {
      for (const entry of entries.values()) entry.bitmap.close?.()
      entries.clear()
      failed.clear()
      queue = []
    },
  }
}
