import type { DefinitionChange } from '../../../protocol/definitions.ts'
import type { With } from './with.ts'

/** What several views say alike. */
export type PartsWords = {
  readonly parts: {
    /** Before why what is shown could not be read again. */
    readonly old: string
    readonly csvTitle: string
    readonly more: string
    readonly tryAgain: string
    readonly versions: string
    readonly noVersions: string
    readonly defined: Readonly<Record<DefinitionChange['what'], string>>
    readonly versionOf: With<[number: string]>
    readonly inForce: string
  }
}
