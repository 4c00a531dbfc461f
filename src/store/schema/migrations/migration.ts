/** A numbered change of the tables. A released one never changes: what comes later is a new one. */
export type Migration = { readonly number: number; readonly name: string; readonly statements: readonly Statement[] }

/**
 * A statement of a migration: one that may be repeated, since a process can be killed between any two; or one that may
 * not, with the query that answers whether it still has to run (it does where there is a row).
 */
export type Statement = string | { readonly sql: string; readonly where: string }

/** A table partition: a twelfth of the mean year. Releases read old dates differently, and rows must not move. */
export const month = (column: string): string => `intDiv(${column}, 2629746000)`
