import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../event/duration.ts'

/** Readers of option values; what they refuse is told as commander tells other mistakes of the command line. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
}

export function brokerList(text: string): string[] {
  const brokers = text.split(/\s*,\s*/).filter(broker => broker !== '')
  if (brokers.length > 0 && brokers.every(broker => /^[^\s,]+:\d{1,5}$/.test(broker))) return brokers
  throw new InvalidArgumentError('Brokers are written host:port, several with commas: kafka-1:9092,kafka-2:9092.')
}

/** A duration, as it was written. */
export function durationText(text: string): string {
  if (parseDuration(text) !== undefined) return text
  throw new InvalidArgumentError('Durations are written with a unit: 30m, 2h, 1d.')
}

/** A point in time, as it was written. */
export function instantText(text: string): string {
  const hasOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
  if (hasOffset && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('Times are written in ISO 8601 with an offset: 2026-11-23T08:00:00+08:00.')
}
