/**
 * What is known of photos (name, story, key, home), fetched in batches when somebody asks.
 *
 *   photos.get(12)                 what is known now, or undefined; without a name when only the live connection told of it
 *   await photos.load([12, 40])    Map of those that exist, enough to draw them; asks only for what is not known
 *   await photos.load([12], { people: true })    with name and line
 *   photos.put([photo]); photos.forget(12); photos.subscribe((ids) => …)
 */

const AT_ONCE = 100 // the service's limit
const GATHER = 20 // ms that questions are collected

export function createPhotos({ api, clock = globalThis }) {
  const known = new Map()
  const asked = new Map() // id -> promise of the batch that has it
  const listeners = new Set()
  let gathering = null

  function put(list) {
    for (const photo of list) known.set(photo.id, { ...known.get(photo.id), ...photo })
    if (list.length) for (const listener of listeners) listener(list.map((photo) => photo.id))
  }

  function gather() {
    gathering ??= { ids: [], sent: new Promise((resolve) => clock.setTimeout(resolve, GATHER)) }
    return gathering
  }

  function ask(id) {
    const batch = gather()
    batch.ids.push(id)
    batch.answer ??= batch.sent.then(() => {
      if (gathering === batch) gathering = null
      return fetchBatch(batch.ids)
    })
    if (batch.ids.length === AT_ONCE) gathering = null
    asked.set(id, batch.answer)
  }

  async function fetchBatch(ids) {
    try {
      const answer = await api.get(`/api/photos?ids=${ids.join(",")}`)
      put(answer.photos)
    } finally {
      for (const id of ids) asked.delete(id)
    }
  }

  const isThere = (id, people) => known.has(id) && (!people || known.get(id).name !== undefined)

  return {
    get: (id) => known.get(id),
    put,
    forget: (id) => known.delete(id),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async load(ids, { people = false } = {}) {
      const wanted = [...new Set(ids)].filter(Boolean)
      for (const id of wanted) if (!isThere(id, people) && !asked.has(id)) ask(id)
      await Promise.all(new Set(wanted.map((id) => asked.get(id)).filter(Boolean)))
      return new Map(wanted.filter((id) => known.has(id)).map((id) => [id, known.get(id)]))
    },
  }
}
