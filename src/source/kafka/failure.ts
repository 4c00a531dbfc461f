/** What went wrong with Kafka, in words for a person; `retrying: false` where trying again cannot help. */
export type KafkaFailure = { readonly reason: string; readonly remedy: string; readonly retrying: boolean }

/** Raised by our own checks, with its reason and remedy. */
export class KafkaProblem extends Error {
  override readonly name = 'KafkaProblem'
  readonly failure: KafkaFailure
  /** kafkajs looks for it: it shall not try again by itself what has just been found to be wrong. */
  readonly retriable = false

  constructor(failure: KafkaFailure) {
    super(`${failure.reason}; ${failure.remedy}`)
    this.failure = failure
  }

  /** The same with the place in front: `topic "orders", partition 3`. */
  at(place: string): KafkaProblem {
    return new KafkaProblem({ ...this.failure, reason: `${place}: ${this.failure.reason}` })
  }
}

/** kafkajs wraps errors in errors; some causes deeper is what happened. */
function* causesOf(error: unknown): Generator<Error & { type?: unknown; code?: unknown }> {
  let current = error
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    yield current
    current = 'originalError' in current && current.originalError ? current.originalError : current.cause
  }
}

/** Kafka's name of the error, where a broker has given one: `MESSAGE_TOO_LARGE`. */
export function typeOfFailure(error: unknown): string | undefined {
  for (const { type } of causesOf(error)) if (typeof type === 'string') return type
  return undefined
}

/** A request, or a record of it, is larger than the topic takes. */
export const isTooLarge = (error: unknown): boolean =>
  ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(typeOfFailure(error) ?? '')

/** @param brokers as configured, for the text. */
export function describeFailure(error: unknown, brokers: readonly string[]): KafkaFailure {
  const at = brokers.join(', ')
  const causes = [...causesOf(error)]
  for (const cause of causes) {
    if (cause instanceof KafkaProblem) return cause.failure
    const known = knownFailure(cause, at)
    if (known !== undefined) return known
  }
  const text = causes.at(-1)?.message ?? String(error)
  return failureOf('other', at, text)
}

function knownFailure(cause: Error & { type?: unknown; code?: unknown }, at: string): KafkaFailure | undefined {
  if (cause.name.startsWith('KafkaJSSASL') || cause.type === 'ILLEGAL_SASL_STATE') {
    return failureOf('sign-in', at, cause.message)
  }
  if (typeof cause.type === 'string' && cause.type.endsWith('_AUTHORIZATION_FAILED')) {
    return failureOf('access', at, cause.message)
  }
  if (/certificate|SSL|TLS/i.test(cause.message)) return failureOf('tls', at, cause.message)
  if (cause.type === 'INCONSISTENT_GROUP_PROTOCOL') return failureOf('group', at, cause.message)
  if (cause.name === 'KafkaJSGroupCoordinatorNotFound' || cause.type === 'GROUP_COORDINATOR_NOT_AVAILABLE') {
    return {
      reason: `Kafka at ${at} has no coordinator for the consumer group yet`,
      remedy: 'a broker that has just started needs a moment; if it lasts, check the topic __consumer_offsets',
      retrying: true,
    }
  }
  const unreachable = /^KafkaJS(Connection(Closed)?Error|RequestTimeoutError|BrokerNotFound|NoBrokerAvailableError)$/
  if (unreachable.test(cause.name)) {
    return failureOf('unreachable', at, cause.message.replace(/^Connection error: /, ''))
  }
  return undefined
}

/** What goes wrong with either client. @param text what the client says. */
export function failureOf(
  what: 'sign-in' | 'access' | 'tls' | 'group' | 'unreachable' | 'other',
  at: string,
  text: string,
): KafkaFailure {
  switch (what) {
    case 'sign-in':
      return { reason: `Kafka at ${at} refuses the sign-in: ${text}`, remedy: 'check `kafka.sasl`', retrying: true }
    case 'access':
      return {
        reason: `Kafka at ${at} denies access: ${text}`,
        remedy: 'allow this user to read and describe the topics and the consumer group',
        retrying: true,
      }
    case 'tls':
      return { reason: `Kafka at ${at}: ${text}`, remedy: 'check `kafka.ssl`', retrying: true }
    case 'group':
      return {
        reason: `Kafka at ${at} does not admit this member to the consumer group: ${text}`,
        remedy: 'the other members read with another client: give all of them the same `kafka.client` and topics',
        retrying: true,
      }
    case 'unreachable':
      return { reason: `no Kafka broker answers at ${at}: ${text}`, remedy: 'check `kafka.brokers`', retrying: true }
    case 'other':
      return { reason: `Kafka at ${at}: ${text}`, remedy: 'see the log of the broker', retrying: true }
  }
}
