import type { MeasureStatistics } from '../../src/engine/view.ts'
import { durationMs } from '../../src/event/duration.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { quickDelivery } from './quick-delivery.ts'

/** The process with two measures of its orders: money by warehouse, and a plain number. */
export const measuredDelivery: ProcessDefinition = {
  ...quickDelivery,
  attributes: [
    ...quickDelivery.attributes,
    { name: 'value', kind: 'value', decimals: 2, readByWhere: false },
    { name: 'items', kind: 'number', readByWhere: false },
  ],
  sources: quickDelivery.sources.map(source => ({
    ...source,
    attributes: [...source.attributes, ['amount'], ['items']],
  })),
  value: { currency: 'CNY' },
  measures: [
    {
      name: 'revenue',
      title: { en: 'Revenue', zh: '营收' },
      attribute: 3,
      decimals: 2,
      currency: 'CNY',
      on: [{ activity: 1, where: undefined }],
      by: [0],
      owner: 'fulfilment',
      distinct: false,
      maxSegments: 2,
      position: quickDelivery.position,
    },
    {
      name: 'items',
      title: { en: 'Items', zh: '件数' },
      attribute: 4,
      decimals: 0,
      currency: undefined,
      on: [],
      by: [],
      owner: 'fulfilment',
      distinct: true,
      maxSegments: 1_000,
      position: quickDelivery.position,
    },
  ],
}

/** Money in units of the currency, as the engine hands it out. */
export const measureStatistics: readonly MeasureStatistics[] = [
  {
    measure: 'revenue',
    windowMs: durationMs(900_000),
    partial: true,
    segments: [
      { segment: {}, total: true, values: { count: 30_272, sum: 2_462_321.55, avg: 81.34, p50: 74.5, p90: 160.25 } },
      { segment: { warehouse: 'WH-2' }, total: false, values: { count: 5_719, sum: 465_012.4, avg: 81.31, p50: 74 } },
      { segment: { warehouse: null }, total: false, values: { count: 0 } },
    ],
  },
  {
    measure: 'items',
    windowMs: durationMs(900_000),
    partial: false,
    segments: [{ segment: {}, total: true, values: { count: 1_204, sum: 9_007, avg: 7.481, distinct: 37 } }],
  },
]
