import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'
const LEAST_BYTES = 24
const MOST_BYTES = 64

/**
 * The key that a secret stands for: `whsec_` and the key in base64, as Standard Webhooks has it.
 *
 * @returns undefined where the secret is no such text, or the key is shorter than 24 bytes or longer than 64.
 */
export function keyOf(secret: string): Buffer | undefined {
  const [, base64] = new RegExp(`^${PREFIX}([A-Za-z0-9+/]+={0,2})$`).exec(secret) ?? []
  if (base64 === undefined) return undefined
  const key = Buffer.from(base64, 'base64')
  return key.length < LEAST_BYTES || key.length > MOST_BYTES ? undefined : key
}

/**
 * @param id without a full stop, which would let one part pass for another.
 * @param timestamp of the attempt, in seconds since the epoch.
 * @returns the value of the header `webhook-signature`: HMAC-SHA256 over `id.timestamp.body`.
 * Source: the specification of Standard Webhooks 1.0.0, "Signature scheme".
 */
export function signatureOf(key: Buffer, id: string, timestamp: number, body: Buffer): string {
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return `v1,${digest}`
}
