/**
 * Takes the changes of which cases have an open visit of one stage. A case has at most one: that one is told to be closed
 * before the next is opened.
 *
 * `handle` is the case's, `slot` names the visit's present segment, `start` is in ms. `value` is what the case is worth, a
 * whole number; NaN where nobody knows.
 */
export type OpenCaseSink = {
  opened(handle: number, slot: number, start: number, value: number): void
  closed(handle: number, slot: number, start: number, value: number): void
  /** The visit stays open; its segment or the value may have become another. */
  changed(handle: number, from: number, to: number, start: number, before: number, value: number): void
}
