import type { PartsWords } from '../catalogue/parts.ts'

export const partsWords: PartsWords = {
  parts: {
    old: 'These are old:',
    csvTitle: 'Take this list along as a table',
    more: 'Show more',
    tryAgain: 'Try again',
  },
}
