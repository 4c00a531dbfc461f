export type HealthWords = {
  readonly health: {
    readonly title: string
    readonly counted: string
    readonly deadLetters: string
  }
}
