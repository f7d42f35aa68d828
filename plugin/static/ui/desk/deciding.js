/**
 * Photos that wait, with what is asked of the service and a way back: at the desk and in the panel of a host.
 *
 *   const waiting = createDeciding({ api, undo, look })    as createWaiting; look() -> Promise, after a decision
 */
import { createWaiting } from "./waiting.js"
import { words } from "../../words/desk.js"

export function createDeciding({ api, undo, look }) {
  const seen = ({ id, story }) => ({ id, story })

  async function decide(photo, decision) {
    const answer = await api.post(`/api/host/photos/${photo.id}`, { decision, story: photo.story })
    undo.offer(`${words.undoing.kinds[decision]}: ${photo.name}`, [answer.decision])
    look().catch(() => {})
  }

  async function decideTogether(photos, decision) {
    const { decisions } = await api.post("/api/host/photos", { decision, photos: photos.map(seen) })
    undo.offer((decision === "approve" ? words.undoing.approvedAll : words.undoing.refusedAll)(decisions.length), decisions)
    look().catch(() => {})
  }

  return createWaiting({ decide, decideTogether, review: (reviewed) => api.post("/api/host/review", { reviewed }) })
}
