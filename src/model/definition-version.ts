import { createHash } from 'node:crypto'

/** A definition as text: equal for equal definitions, wherever they stand in their file. */
export const definitionText = (definition: object): string =>
  JSON.stringify(definition, (key, value) => (key === 'position' ? undefined : value))

/** @returns SHA-256 of its text in hex. */
export const definitionHash = (definition: object): string =>
  createHash('sha256').update(definitionText(definition)).digest('hex')

/** What people are shown of the hash. */
export const VERSION_DIGITS = 12
