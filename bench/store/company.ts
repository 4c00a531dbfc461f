/*
 * The company whose history lies in the store: parcels that go through five stages of some minutes to two days, from
 * eight warehouses, by five carriers. Rows that are written (`rows.ts`) and those that are filled in by SQL
 * (`history.ts`) are of the same kinds.
 */
export const company = {
  process: 'parcels',
  source: 'parcels.events',
  stages: ['payment', 'picking', 'packing', 'hand_over', 'delivery'],
  mediansMs: [600_000, 3_600_000, 1_800_000, 14_400_000, 172_800_000],
  warehouses: ['WH-1', 'WH-2', 'WH-3', 'WH-4', 'WH-5', 'WH-6', 'WH-7', 'WH-8'],
  carriers: ['DHL', 'GLS', 'UPS', 'DPD', 'HERMES'],
  paneMs: 10_000,
} as const

/** Where the history begins; a whole day. */
export const historyFromMs = Date.UTC(2026, 0, 15)

export const historyDays = 30

export const historyToMs = historyFromMs + historyDays * 86_400_000

export type IdKind = 'order' | 'uuid'

/** `ORD-0000012345`, or the UUID of a case's number. */
export function caseIdOf(number: number, kind: IdKind): string {
  if (kind === 'order') return `ORD-${String(number).padStart(10, '0')}`
  const [first, second, third, fourth] = [1, 2, 3, 4].map(part =>
    hex(Math.imul(number + 1, 0x9e3779b1) ^ (part * 0x85ebca6b)),
  )
  return `${first}-${second!.slice(0, 4)}-4${second!.slice(5)}-a${third!.slice(0, 3)}-${third!.slice(4)}${fourth}`
}

/** Eight digits in which near numbers look nothing alike. */
function hex(value: number): string {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return ((mixed ^ (mixed >>> 15)) >>> 0).toString(16).padStart(8, '0')
}
