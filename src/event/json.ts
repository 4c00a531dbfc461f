/** What JSON can carry, and so what comes back from disk as it was. */
export type Json = null | boolean | number | string | readonly Json[] | JsonFields

export type JsonFields = { readonly [name: string]: Json }

/** One text for equal values, whatever the order in which their fields were set. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}

const isList = (value: readonly Json[] | JsonFields): value is readonly Json[] => Array.isArray(value)
