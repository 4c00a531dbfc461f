/**
 * Where event time stands in a shard, in ms.
 *
 * There is one, which the shard moves on and everybody else reads: handed from call to call, each of these numbers would
 * become an object for every event.
 */
export class FoldTime {
  /** Of the shard. */
  watermark = -Infinity
  /** Kept events before it are folded away, or count as such. */
  horizon = -Infinity
  /** The event in hand is late if older; never before the horizon. */
  lateBefore = -Infinity
}
