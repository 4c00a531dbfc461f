import type { With } from './with.ts'

export type KeysWords = {
  readonly keys: {
    readonly title: string
    /** By key. */
    readonly does: Readonly<Record<'j' | 'k' | 'a' | 's' | '/' | 'p' | '?' | 'Esc', string>>
    readonly goTo: With<[view: string]>
    readonly areOn: string
  }
}
