import type { Session } from 'chdb'
import type { FrontUser } from './front-options.ts'

type Chdb = { readonly Session: new (path: string) => Session }

/** A statement with all that stands beside it. */
export type Request = {
  readonly method: string
  readonly statement: string
  /** Names and values of the address. */
  readonly address: ReadonlyMap<string, string>
}

/** The embedded engine as a server would run it: every request with its own settings, several at once. */
export class Engine {
  readonly #chdb: Chdb
  /** Keeps the engine open between requests. */
  readonly #base: Session

  constructor(chdb: Chdb, directory: string) {
    this.#chdb = chdb
    this.#base = new chdb.Session(directory)
  }

  /**
   * A session runs its statements one at a time and remembers settings, so each request has a session of its own; it
   * costs a millisecond.
   *
   * @returns the answer's body.
   */
  async run({ method, statement, address }: Request, user: FrontUser): Promise<Uint8Array> {
    const session = new this.#chdb.Session(this.#base.path)
    try {
      await set(session, [...asOfAServer, ...Object.entries(user.settings)])
      // A server lets GET change nothing.
      if (method === 'GET' && !('readonly' in user.settings)) await set(session, [['readonly', 2]])
      const database = address.get('database')
      if (database !== undefined) await session.queryAsync(`USE \`${database}\``)
      // All in one statement: they are checked against what was in force before them, as a server does.
      await set(
        session,
        [...address].filter(([name]) => isSetting(name)),
      )
      const format = address.get('default_format') ?? 'TabSeparated'
      const values = boundValues(address)
      const bound = Object.keys(values).length > 0
      const result = await (bound
        ? session.queryBindAsync(statement, values, { format })
        : session.queryAsync(statement, { format }))
      return result.bytes()
    } finally {
      session.close()
    }
  }
}

/** Where the embedded engine's defaults are others than a server's: `SELEKT` is not short for `SELECT SELEKT`. */
const asOfAServer = [['implicit_select', 0]] as const

async function set(session: Session, settings: readonly (readonly [string, string | number])[]): Promise<void> {
  if (settings.length === 0) return
  const changes = settings.map(([name, value]) => `${name} = '${String(value).replaceAll(/[\\']/g, '\\$&')}'`)
  await session.queryAsync(`SET ${changes.join(', ')}`)
}

/** What the interface keeps to itself; every other name in an address is a setting, or an error. */
const ofTheInterface = new Set([
  ...['query', 'query_id', 'database', 'user', 'password', 'quota_key', 'role', 'stacktrace', 'default_format'],
  ...['session_id', 'session_timeout', 'session_check', 'buffer_size', 'wait_end_of_query', 'compress', 'decompress'],
])

const isSetting = (name: string) => !ofTheInterface.has(name) && !name.startsWith('param_')

/** The interface takes values escaped, the embedded engine takes them as they are. */
function boundValues(address: ReadonlyMap<string, string>): Record<string, string | null> {
  const values: Record<string, string | null> = {}
  for (const [name, value] of address) {
    if (name.startsWith('param_')) values[name.slice(6)] = value === '\\N' ? null : withoutEscapes(value)
  }
  return values
}

const unescaped: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', 0: '\0' }
const withoutEscapes = (text: string) => text.replaceAll(/\\(.)/gs, (_, letter: string) => unescaped[letter] ?? letter)
