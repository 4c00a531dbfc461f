/** A path of the API: names may hold anything. */
export const apiPath = (...parts: readonly string[]): string => `/api/v1/${parts.map(encodeURIComponent).join('/')}`

/** With what is asked for; parameters that are undefined are left out. */
export function withQuery(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
