import * as z from 'zod'
import { choice, listOf, mapping, noted, text } from '../../model/shapes.ts'
import type { RegistrySettings } from '../../source/schema-registry/registry.ts'
import type { PositionPolicy } from '../starting/position-policy.ts'
import { parseStartFrom } from '../starting/start-from.ts'
import { type Certificates, certificates, givenOf } from './pem.ts'

/** How the brokers are reached. */
export type KafkaConfig = {
  /** What reads the records. */
  readonly client: 'kafkajs' | 'node-rdkafka'
  /** `host:port` each, at least one. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Processes of the same group share the partitions; undefined: this one reads all of them. */
  readonly groupId: string | undefined
  /** false: plain TCP. PEM texts where given, else the certificates that Node knows. */
  readonly ssl: false | Certificates
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
        readonly username: string
        readonly password: string
      }
    | undefined
  /** Where logs are read on. */
  readonly positions: Omit<PositionPolicy, 'rebuilds' | 'remedies'>
  /** A topic that dead letters go to beside the store. */
  readonly deadLetters: { readonly topic: string } | undefined
  /** Where the schemas are that framed records name. */
  readonly schemaRegistry: RegistrySettings | undefined
}

const address = '[^\\s,]+:\\d{1,5}'
const broker = noted(
  z.string().regex(new RegExp(`^${address}$`)),
  'a broker such as kafka-1:9092',
  '形如 kafka-1:9092 的 broker 地址',
)

const topicName = noted(
  z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,249}$/),
  'a topic, of letters, digits, ".", "_" and "-"',
  '主题名称，由字母、数字、"."、"_"、"-" 组成',
)

/** Topics are named after it. */
const groupId = noted(
  z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/),
  'a name of up to 100 letters, digits, ".", "_" and "-"',
  '名称，最多 100 个字母、数字、"."、"_"、"-"',
)

/** Credentials have settings of their own: an address is shown in logs. */
const registryUrl = noted(
  z.url({ protocol: /^https?$/ }).regex(/^[^@]*$/),
  'an address without credentials, such as http://schemas:8081',
  '不含凭据的地址，例如 http://schemas:8081',
)

/** Without it events come by HTTP, into logs of our own. */
export const kafkaSlice = mapping({
  client: choice(['kafkajs', 'node-rdkafka']).default('kafkajs'),
  brokers: noted(
    z.union([
      z.string().regex(new RegExp(`^${address}(\\s*,\\s*${address})*$`)),
      listOf(broker, { en: 'brokers', zh: 'broker 地址' }),
    ]),
    'a list of brokers, [kafka-1:9092, kafka-2:9092]',
    'broker 地址的列表，[kafka-1:9092, kafka-2:9092]',
  ),
  client_id: text.default('stagewatch'),
  group_id: groupId.optional(),
  ssl: noted(
    z.union([z.boolean(), certificates]),
    'true, false, or {ca: …, cert: …, key: …}',
    'true、false 或 {ca: …, cert: …, key: …}',
  ).default(false),
  sasl: mapping({
    mechanism: choice(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: text,
    password: text,
  }).optional(),
  start_from: noted(
    z.string().refine(text => parseStartFrom(text) !== undefined),
    'earliest, latest, an instant such as 2026-11-01T00:00:00Z, or -7d for seven days before the first start',
    'earliest、latest、形如 2026-11-01T00:00:00Z 的时刻，或 -7d（首次启动前七天）',
  ).default('earliest'),
  on_gap: choice(['refuse', 'skip']).default('refuse'),
  on_new_topic: choice(['refuse', 'continue', 'start_anew']).default('refuse'),
  dead_letters: mapping({ topic: topicName }).optional(),
  schema_registry: mapping({
    url: registryUrl,
    username: text.optional(),
    password: text.optional(),
    ssl: certificates.optional(),
  }).optional(),
})

/** The brokers as everybody may see them: what stands before an `@` could be a password. */
export const shownBrokers = ({ brokers }: KafkaConfig): readonly string[] =>
  brokers.map(broker => broker.slice(broker.lastIndexOf('@') + 1))

export function kafkaConfig(slice: z.output<typeof kafkaSlice>): KafkaConfig {
  return {
    client: slice.client,
    brokers: typeof slice.brokers === 'string' ? slice.brokers.split(/\s*,\s*/) : slice.brokers,
    clientId: slice.client_id,
    groupId: slice.group_id,
    ssl: slice.ssl !== false && givenOf(slice.ssl === true ? {} : slice.ssl),
    sasl: slice.sasl,
    positions: {
      startFrom: parseStartFrom(slice.start_from) ?? { kind: 'earliest' },
      startFromText: slice.start_from,
      onGap: slice.on_gap,
      onNewTopic: slice.on_new_topic,
    },
    deadLetters: slice.dead_letters,
    schemaRegistry: registryOf(slice.schema_registry),
  }
}

function registryOf(slice: z.output<typeof kafkaSlice>['schema_registry']): RegistrySettings | undefined {
  if (slice === undefined) return undefined
  const { url, username, password, ssl } = slice
  return {
    url,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ssl !== undefined && { tls: givenOf(ssl) }),
  }
}
