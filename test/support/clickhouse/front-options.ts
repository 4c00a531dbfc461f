/** What a front is started with; it travels to the process of its own as JSON. */
export type FrontOptions = {
  /** Path of the chdb package: what is built for another process finds no packages by their names. */
  readonly chdb: string
  /** Directory of the data. */
  readonly directory: string
  /** On 127.0.0.1; 0: any that is free. The first line of its output is the port. */
  readonly port: number
  readonly users: readonly FrontUser[]
  /** PEM texts. With `ca` a client must show a certificate that it signed. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string }
  /** What `version()` answers, for refusals of old servers; without it, the engine's own. */
  readonly version?: string
}

export type FrontUser = {
  readonly name: string
  /** undefined: signs in by a certificate that names the user. */
  readonly password: string | undefined
  /** The user's profile: in force before the settings of a request. */
  readonly settings: Readonly<Record<string, string | number>>
}

/**
 * What goes wrong with a share of the requests:
 *
 * - `refuse`: the statement is not run, the answer is an error.
 * - `lose-answer`: the statement is run, the answer is an error.
 * - `hang`: the statement is not run, and there is no answer.
 * - `run-and-hang`: the statement is run, and there is no answer.
 * - `cut`: the statement is run, and the connection ends in the middle of the answer.
 * - `stall`: the statement is run, half of the answer is sent, the rest never.
 * - `die`: the process is killed (SIGKILL) while it runs the statement, up to 20 ms after it began.
 * - `fail-midway`: half of the answer is sent, then an exception as a server of today writes it into the answer's body.
 */
export type Fault = {
  readonly kind: 'refuse' | 'lose-answer' | 'hang' | 'run-and-hang' | 'cut' | 'stall' | 'die' | 'fail-midway'
  readonly of: 'inserts' | 'reads'
  /** Of the requests it concerns, 0 to 1. */
  readonly share: number
  /** So many of them go well first; none by default. */
  readonly after?: number
}

export type FaultPlan = { readonly seed: number; readonly faults: readonly Fault[] }

/** A statement as it came, with the settings and values that stood beside it in the address. */
export type SeenRequest = {
  readonly method: string
  readonly user: string
  readonly statement: string
  readonly address: Readonly<Record<string, string>>
}

/** Counts since the plan was set; requests since the start, the newest 1,000. */
export type FrontReport = { readonly injected: number; readonly requests: readonly SeenRequest[] }

/** Addresses of the front's own, beside those of ClickHouse. */
export const planPath = '/front/plan'
export const reportPath = '/front/report'
