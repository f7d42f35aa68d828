/**
 * Takes a secret out of the address, where it would end up in the history and in screenshots; null where there is none.
 * Not for clients that bind their token to the page's address.
 */
export function takeFragment(prefix = "") {
  const fragment = location.hash.slice(1)
  if (!fragment.startsWith(prefix) || fragment.length === prefix.length) return null
  history.replaceState(null, "", location.pathname + location.search)
  return decodeURIComponent(fragment.slice(prefix.length))
}
