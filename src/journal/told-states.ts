/** What a receiver can be told of an alert. Between two tellings of one state there is nothing to say. */
export type ToldState = 'firing' | 'no_data' | 'resolved'

/** A message tells that an alert has entered a state. */
export type Telling = { readonly alert: string; readonly state: ToldState }

/** What a contact point was told last of an alert that is not over for it. */
export type Told = Telling & { readonly contactPoint: string }

/**
 * What each contact point was told last of each alert, by the messages that were queued for it: delivered or not, none is
 * queued twice. Once it was told that an alert is resolved, the alert is forgotten: its id never comes again.
 */
export class ToldStates {
  /** By alert, then contact point. */
  readonly #states = new Map<string, Map<string, ToldState>>()

  constructor(told: Iterable<Told> = []) {
    for (const { contactPoint, ...telling } of told) this.tell(contactPoint, telling)
  }

  tell(contactPoint: string, { alert, state }: Telling): void {
    const states = this.#states.get(alert) ?? new Map<string, ToldState>()
    if (state === 'resolved') states.delete(contactPoint)
    else states.set(contactPoint, state)
    if (states.size === 0) this.#states.delete(alert)
    else this.#states.set(alert, states)
  }

  /** undefined: nothing, or that it is over. */
  stateOf(alert: string, contactPoint: string): ToldState | undefined {
    return this.#states.get(alert)?.get(contactPoint)
  }

  /** The contact points that know of an alert and were not told that it is over. */
  contactPointsOf(alert: string): string[] {
    return [...(this.#states.get(alert)?.keys() ?? [])]
  }

  all(): Told[] {
    return [...this.#states].flatMap(([alert, states]) =>
      [...states].map(([contactPoint, state]) => ({ alert, state, contactPoint })),
    )
  }
}
