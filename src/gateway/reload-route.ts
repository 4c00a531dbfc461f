import type { FastifyInstance } from 'fastify'
import { ProblemError } from './problem-error.ts'
import { noQuery } from './query.ts'

export type ReloadSources = {
  /**
   * Reads the rules anew, and changes nothing yet.
   *
   * @returns the files that have changed, and what puts them in force, to be called when the answer has left; or what is
   * wrong with them, for people. undefined: this program reads them when it starts only.
   */
  readonly reload?:
    | (() =>
        | { readonly files: readonly string[]; readonly begin: () => void }
        | { readonly problem: string; readonly remedy: string })
    | undefined
}

/** The path is the one that Prometheus and Alertmanager have for it. */
export function addReloadRoute(app: FastifyInstance, { reload }: ReloadSources): void {
  if (reload === undefined) return
  app.post('/-/reload', async (request, reply) => {
    noQuery(request.query)
    const outcome = reload()
    if ('problem' in outcome) {
      throw new ProblemError('rules-refused', outcome.problem, outcome.remedy)
    }
    // Everything is closed then, this connection too.
    reply.raw.once('close', outcome.begin)
    return reply.code(202).send({ reloading: true, files: outcome.files })
  })
}
