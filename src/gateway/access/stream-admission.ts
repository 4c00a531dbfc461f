import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { ProblemError } from '../problem-error.ts'
import { type Access, admit, known } from './access.ts'
import type { Visitor } from './visitor.ts'

/**
 * Who opens a stream, which counts as his until what carries it closes. What the channels take that he follows on it is
 * asked with each of them.
 *
 * @throws ProblemError where he may not, or has as many as he may.
 */
export async function admitStream(access: Access, request: IncomingMessage, carrier: Duplex): Promise<Visitor> {
  const visitor = known(await admit(access, request, 'read'))
  countStream(access, visitor, request, carrier)
  return visitor
}

/** Likewise, of somebody who has been admitted. @throws ProblemError where he has as many as he may. */
export function countStream(
  access: Access,
  visitor: Visitor,
  request: IncomingMessage,
  carrier: Duplex | ServerResponse,
): void {
  const close = access.openStream(visitor, request)
  if (close instanceof ProblemError) throw close
  // Whoever has gone meanwhile has closed it.
  if (carrier.destroyed) close()
  else carrier.once('close', close)
}
