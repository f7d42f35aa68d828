/**
 * Takes a secret out of the address, where it would end up in the history and in screenshots; null where there is none.
 * Not for clients that bind their token to the page's address. `keep` leaves it there: nobody sees a frame's address, and
 * a frame that may keep nothing else finds it again when it is loaded anew.
 */
export function takeFragment(prefix = "", { keep = false } = {}) {
  const fragment = location.hash.slice(1)
  if (!fragment.startsWith(prefix) || fragment.length === prefix.length) return null
  if (!keep) history.replaceState(null, "", location.pathname + location.search)
  return decodeURIComponent(fragment.slice(prefix.length))
}
