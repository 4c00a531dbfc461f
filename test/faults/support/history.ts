import type { RandomDraws } from '../../../src/source/random-draws.ts'
import { produceMessages } from '../../integration/support/produce.ts'
import { type ParcelMessage, parcelOf } from './parcels.ts'

/** A record, and when it is written: records are written in this order. */
export type Written = ParcelMessage & { readonly sentAt: number }

const EVERY_MS = 25

/** Parcels of the past hours, the last ones of a minute ago; written in the order of their times. */
export function historyOf(draws: RandomDraws, parcels: number): Written[] {
  const start = Date.now() - 60_000 - parcels * EVERY_MS
  const messages = Array.from({ length: parcels }, (_, number) => parcelOf(draws, number, start + number * EVERY_MS))
  return inOrder(messages.flat().map(message => ({ ...message, sentAt: message.at })))
}

export const inOrder = (messages: readonly Written[]): Written[] =>
  messages.toSorted((left, right) => left.sentAt - right.sentAt)

export const writeHistory = (brokers: string, topic: string, messages: readonly Written[]): Promise<void> =>
  produceMessages(
    brokers,
    topic,
    messages.map(({ partition, key, value }) => ({ partition, key, value })),
  )
