/** What several views say alike. */
export type PartsWords = {
  readonly parts: {
    /** Before why what is shown could not be read again. */
    readonly old: string
    readonly csvTitle: string
    readonly more: string
    readonly tryAgain: string
  }
}
