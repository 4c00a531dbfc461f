/** A question that cannot be answered as it was put: what is wrong with it and what to ask instead. The store itself is well. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  /** The part of the question that is at fault, as its type names it. */
  readonly field: string
  readonly remedy: string

  constructor(field: string, problem: string, remedy: string) {
    super(`"${field}" ${problem}. ${remedy}`)
    this.field = field
    this.remedy = remedy
  }
}
