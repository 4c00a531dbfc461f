import type { PartsWords } from '../catalogue/parts.ts'

export const partsWords: PartsWords = {
  parts: {
    old: 'These are old:',
    csvTitle: 'Take this list along as a table',
    more: 'Show more',
    tryAgain: 'Try again',
    versions: 'Versions',
    noVersions: 'None is stored: they are from the first start with a store on.',
    defined: { new: 'new', changed: 'changed', gone: 'removed' },
    versionOf: number => `version ${number}`,
    inForce: 'in force',
  },
}
