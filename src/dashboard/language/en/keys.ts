import type { KeysWords } from '../catalogue/keys.ts'

export const keysWords: KeysWords = {
  keys: {
    title: 'Keys',
    does: {
      j: 'next alert or row',
      k: 'the one before',
      a: 'acknowledge the alert',
      s: 'snooze the alert',
      '/': 'find a case',
      p: 'pause, or resume',
      '?': 'this list',
      Esc: 'close what is open',
    },
    goTo: view => `to ${view}`,
    areOn: 'Keys without Ctrl or Alt do something',
  },
}
