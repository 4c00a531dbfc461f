/** Bounds of the stream; the defaults are what the protocol promises. */
export type StreamLimits = {
  /** Bytes that may wait for one client; an alert that does not fit closes it. */
  readonly bufferedBytes: number
  /** How long a client that is being closed may take to read what waits for it. */
  readonly closeWithinMs: number
  /** Least time between two messages of statistics or status to one client. */
  readonly latestEveryMs: number
  readonly statusEveryMs: number
  readonly pingEveryMs: number
  readonly pongWithinMs: number
  /** A client that has not subscribed by then is closed. */
  readonly subscribeWithinMs: number
  readonly clients: number
  /** Frames of a client a second, pings among them. */
  readonly framesPerSecond: number
  /** Commands of a client a second: a frame may hold several. */
  readonly commandsPerSecond: number
  /** Alerts that whoever was away can be given, and the characters that they may take. */
  readonly historyAlerts: number
  readonly historyBytes: number
  /** Of a stage, in messages; the rest is in the API. */
  readonly segments: number
  /** Alerts that are not resolved, in a snapshot. */
  readonly activeAlerts: number
  readonly resolvedAlerts: number
}

export const defaultStreamLimits: StreamLimits = {
  bufferedBytes: 1_048_576,
  closeWithinMs: 5_000,
  latestEveryMs: 100,
  statusEveryMs: 1_000,
  pingEveryMs: 25_000,
  pongWithinMs: 8_000,
  subscribeWithinMs: 10_000,
  clients: 2_000,
  framesPerSecond: 30,
  commandsPerSecond: 300,
  historyAlerts: 2_000,
  historyBytes: 4_194_304,
  segments: 50,
  activeAlerts: 500,
  resolvedAlerts: 50,
}

/** The largest frame that a client may send, in bytes. */
export const MAX_FRAME_BYTES = 65_536
