import { InvalidArgumentError } from 'commander'

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
