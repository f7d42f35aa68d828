/**
 * Scripts write addresses of the service from its root: "/api/me". Where it is served below a path of its host, they lie
 * below that. An address that does so already, as the service itself gives them, stays as it is.
 */
export function below(address) {
  const base = globalThis.document?.documentElement?.dataset?.base ?? ""
  return address.startsWith("/") && !address.startsWith(`${base}/`) ? base + address : address
}
