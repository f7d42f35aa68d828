/**
 * What this browser keeps: localStorage, or memory where it is forbidden (private windows, some meeting clients): then a
 * reload forgets who you are. `own(key)` is a random value that is made when it is first asked for; null where it would
 * be forgotten.
 */
import { newKey } from "./api.js"

export function createStore() {
  const memory = new Map()
  const guarded = (use, instead) => {
    try {
      return use(localStorage)
    } catch {
      return instead()
    }
  }
  const store = {
    get: (key) => guarded((kept) => kept.getItem(`mosaic:${key}`), () => memory.get(key) ?? null),
    set: (key, value) => guarded((kept) => kept.setItem(`mosaic:${key}`, value), () => memory.set(key, value)),
    remove: (key) => guarded((kept) => kept.removeItem(`mosaic:${key}`), () => memory.delete(key)),
    own(key) {
      if (!store.get(key)) store.set(key, newKey())
      return guarded((kept) => kept.getItem(`mosaic:${key}`), () => null)
    },
  }
  return store
}

/** What one tab keeps over a reload: sessionStorage, or nothing where it is forbidden. */
export function ofWindow() {
  const guarded = (use) => {
    try {
      return use(sessionStorage)
    } catch {
      return null
    }
  }
  return {
    get: (name) => guarded((kept) => kept.getItem(name)) || null,
    set: (name, value) => guarded((kept) => kept.setItem(name, value)),
    remove: (name) => guarded((kept) => kept.removeItem(name)),
  }
}
