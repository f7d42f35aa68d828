/**
 * What was typed and chosen and is not sent yet, kept over a reload: the words in what this tab keeps, the photo in
 * IndexedDB under a name that only this tab knows. Where a browser keeps nothing it is lost with the page, and nothing else
 * changes. It is handed out to whoever wrote it and to nobody else, and is gone once it was sent.
 *
 *   const draft = createDraft({ code })
 *   draft.keep(attendee id, {story, name, …})    draft.keepPhoto(attendee id, file)
 *   draft.read(attendee id) -> the values, or {}   draft.photo(attendee id) -> Promise<File | null>   draft.forget()
 */
import { newKey } from "../../live/api.js"
import { ofWindow } from "../../live/store.js"

export function createDraft({ code, window = ofWindow(), drawer = createDrawer() }) {
  const name = `mosaic:draft:${code}`
  drawer.tidy()

  const known = () => JSON.parse(window.get(name) ?? "null")
  const whose = (id) => (id && known()?.whose === id ? known() : null)
  const write = (id, more) => window.set(name, JSON.stringify({ ...whose(id), ...more, whose: id }))

  function forget() {
    const slot = known()?.slot
    window.remove(name)
    if (slot) drawer.remove(slot)
  }

  return {
    keep(id, values) {
      if (!id) return // nobody knows yet whose it would be
      if (!whose(id)) forget()
      write(id, { values })
    },
    keepPhoto(id, file) {
      if (!id) return
      if (!whose(id)) forget()
      const slot = whose(id)?.slot ?? `${Date.now()} ${newKey()}`
      write(id, { slot })
      drawer.put(slot, file)
    },
    read: (id) => whose(id)?.values ?? {},
    async photo(id) {
      const slot = whose(id)?.slot
      return (slot && (await drawer.get(slot))) || null
    },
    forget,
  }
}

const HOUR = 60 * 60 * 1000 // a tab that was closed leaves its photo; it goes with the next panel that opens

/** Files by name. What a browser does not let us keep is not kept. */
export function createDrawer({ factory = () => indexedDB } = {}) {
  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })

  async function use(mode, act) {
    try {
      const opening = factory().open("mosaic", 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore("drafts")
      const database = await settled(opening)
      const result = await settled(act(database.transaction("drafts", mode).objectStore("drafts")))
      database.close()
      return result
    } catch {
      return null
    }
  }

  return {
    put: (slot, file) => use("readwrite", (drafts) => drafts.put(file, slot)),
    get: (slot) => use("readonly", (drafts) => drafts.get(slot)),
    remove: (slot) => use("readwrite", (drafts) => drafts.delete(slot)),
    tidy: () => use("readwrite", (drafts) => drafts.delete(IDBKeyRange.upperBound(String(Date.now() - HOUR)))),
  }
}
