/** What a receiver can be told of an alert. Between two tellings of one state there is nothing to say. */
export type ToldState = 'firing' | 'no_data' | 'resolved'

/** A message tells that an alert has entered a state. */
export type Telling = { readonly alert: string; readonly state: ToldState }

/** What a contact point was told last of an alert. */
export type Told = Telling & { readonly contactPoint: string }

/** Corrections come within one settle time of the alert; in that time hardly so many are over. */
const MOST_OVER = 1_000

/**
 * What each contact point was told last of each alert, by the messages that were queued for it: delivered or not, none is
 * queued twice. Once it was told that an alert is resolved it has heard all of it, unless what comes late makes another of it.
 */
export class ToldStates {
  /** By alert, then contact point. */
  readonly #states = new Map<string, Map<string, ToldState>>()
  /** By alert, those that were told that it is over; of the latest such alerts. */
  readonly #over = new Map<string, Set<string>>()

  constructor(told: Iterable<Told> = []) {
    for (const { contactPoint, ...telling } of told) this.tell(contactPoint, telling)
  }

  tell(contactPoint: string, { alert, state }: Telling): void {
    const states = this.#states.get(alert) ?? new Map<string, ToldState>()
    if (state === 'resolved') {
      states.delete(contactPoint)
      this.#noteEnd(contactPoint, alert)
    } else states.set(contactPoint, state)
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

  /** The contact points that were told that it is over, as far as that is remembered. */
  formerContactPointsOf(alert: string): string[] {
    return [...(this.#over.get(alert) ?? [])]
  }

  /** In an order in which they can be told again. */
  all(): Told[] {
    const over = [...this.#over].flatMap(([alert, contactPoints]) =>
      [...contactPoints].map(contactPoint => ({ alert, state: 'resolved' as const, contactPoint })),
    )
    const open = [...this.#states].flatMap(([alert, states]) =>
      [...states].map(([contactPoint, state]) => ({ alert, state, contactPoint })),
    )
    return [...over, ...open]
  }

  #noteEnd(contactPoint: string, alert: string): void {
    const contactPoints = this.#over.get(alert) ?? new Set<string>()
    this.#over.set(alert, contactPoints.add(contactPoint))
    const [oldest] = this.#over.keys()
    if (this.#over.size > MOST_OVER && oldest !== undefined) this.#over.delete(oldest)
  }
}
