import type { FastifyBaseLogger } from 'fastify'
import { openToAnybody } from './access/access.ts'
import { requireSignIn } from './access/exposure.ts'
import { ProblemError } from './problem-error.ts'
import { type ListenOptions, listen, newServer } from './server.ts'

export type StandbyOptions = ListenOptions & {
  readonly logger: FastifyBaseLogger
  /** What this process does instead, and who has the numbers; one sentence. */
  readonly explain: () => Promise<string>
}

/**
 * What a process answers while another one of its group has the numbers: that it lives, and who that is. It is never ready,
 * so that whoever asks for numbers through a balancer gets to the one that has them. It tells that to everybody: whoever is signed
 * in there is not known here.
 */
export async function startStandby({ host, port, access = openToAnybody, origins, logger, explain }: StandbyOptions) {
  requireSignIn(host, access)
  const app = newServer(host, logger, { ...(origins !== undefined && { origins }) })
  const toEverybody = { config: { permission: 'nothing' } } as const
  app.get('/livez', toEverybody, async () => ({ alive: true }))
  app.get('/', toEverybody, async (_request, reply) =>
    reply
      .code(503)
      .type('text/plain; charset=utf-8')
      .send(`${await explain()}\n`),
  )
  const elsewhere = async () => {
    const remedy = 'ask that process; where it is gone another one takes its place within seconds'
    throw new ProblemError('not-ready', await explain(), remedy)
  }
  for (const path of ['/readyz', '/metrics', '/api/*']) app.get(path, toEverybody, elsewhere)
  app.post('/api/*', toEverybody, elsewhere)
  let closing: Promise<void> | undefined
  return {
    url: await listen(app, host, port),
    /** Once or more. */
    close: () => {
      closing ??= Promise.resolve(app.close())
      return closing
    },
  }
}
