import type { Segment } from '../../protocol/vocabulary.ts'
import type { Catalogue } from '../language/catalogue.ts'

/** The segment of visits past a stage's bound of segments. */
const OTHER = '__other__'

export const segmentValueText = (value: string | null | undefined, text: Catalogue): string =>
  value === OTHER ? text.heat.other : (value ?? text.heat.unknown)

/** `WH-2`, or `Yuanda · north`; the dimensions' names stand in the column's head or in the title. */
export const segmentText = (segment: Segment, text: Catalogue): string =>
  Object.values(segment)
    .map(value => segmentValueText(value, text))
    .join(' · ')

/** `warehouse WH-2` */
export const segmentTextWithNames = (segment: Segment, text: Catalogue): string =>
  Object.entries(segment)
    .map(([name, value]) => `${name} ${segmentValueText(value, text)}`)
    .join(' · ')
