import { ProblemError } from '../problem-error.ts'
import { anybody, type Visitor } from './visitor.ts'

/**
 * A body with who does it: whoever is signed in, whose name it need not say. Without sign-in it stays as it was sent.
 *
 * @throws ProblemError `not-you` where it names somebody else.
 */
export function withActor(body: unknown, field: string, visitor: Visitor | undefined): unknown {
  if (visitor === undefined || visitor === anybody) return body
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const said = (body as Readonly<Record<string, unknown>>)[field]
  if (said !== undefined && said !== visitor.name) {
    const detail = `\`${field}\` names somebody else than ${visitor.name}, who is signed in`
    throw new ProblemError('not-you', detail, `leave \`${field}\` out: it is known who asks`)
  }
  return { ...body, [field]: visitor.name }
}
