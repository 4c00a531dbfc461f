import { type CountedNumber, countedNumbers } from '../../protocol/stage-visits.ts'
import { keptChoice } from './kept.ts'

/*
 * The number whose visits are listed below it, and their order.
 */

export const chosenNumber = keptChoice<CountedNumber | 'none'>('number', ['none', ...countedNumbers], 'none', true)

export const visitOrders = ['slowest', 'newest', 'oldest'] as const
export type VisitOrder = (typeof visitOrders)[number]
export const chosenOrder = keptChoice<VisitOrder>('order', visitOrders, 'slowest')
